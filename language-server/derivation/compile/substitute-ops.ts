/**
 * The ops that take store paths from binary caches: the archive as BuildKit's own download, or sent by
 * the session, and a step that unpacks it and holds it to its hash. What it leaves is like what a
 * derivation's step leaves.
 */
import type { GraphGroup } from '../../../proto/model/build-graph';
import type { Digest } from '../../../proto/model/digest';
import type { Op, OpInput, Platform } from '../../../proto/model/op';
import { textOf, type ByteString } from '../byte-string';
import type { ArchiveSource, Substitute } from '../cache/substitution';
import { DOWNLOAD_DIR, DOWNLOAD_NAME, SUBSTITUTER } from '../runner/tools';
import { BUILD_DIR } from '../sandbox/environment';
import { BUILD_USER, type Skeleton } from '../sandbox/skeleton';
import { baseName } from '../store-path';
import { ROLES, type CompileOptions } from './compiled-closure';
import type { OpNotes } from './definition-builder';
import { EXEC_CAPS, sandboxExec } from './exec-op';
import { LOCAL_CAPS, localSource } from './local-source';
import { MountList } from './mount-list';
import { STORE_OUTPUT } from './store-input';

/** Where the ops are put, and for which platform. */
type Ops = {
  readonly ownPlatform: Platform;
  readonly add: (op: Op, notes: OpNotes, group: GraphGroup) => Digest;
};

export class SubstituteOps {
  /** The ops so far that fetch or unpack a path, and which. */
  readonly paths = new Map<Digest, ByteString>();
  private readonly made = new Map<ByteString, Digest>();
  private readonly folders = new Map<string, Digest>();

  constructor(
    private readonly ops: Ops,
    private readonly storeDir: ByteString,
    private readonly options: Pick<CompileOptions, 'sessionId' | 'substitution'>,
  ) {}

  /** The step that makes the path; its {@link STORE_OUTPUT} holds it. */
  add(substitute: Substitute, skeleton: Skeleton): Digest {
    const { path } = substitute;
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const name = textOf(baseName(path)).slice(33);
    const archive = this.archive(substitute.source, name);
    if (substitute.source.kind === 'http') this.paths.set(archive.input.digest, path);
    const mounts = new MountList();
    mounts.add({ digest: skeleton.root, index: 0 }, { dest: '/', output: 0 });
    const parent = textOf(this.storeDir.slice(0, this.storeDir.lastIndexOf('/')));
    mounts.add({ digest: skeleton.store, index: 0 }, { dest: parent, output: STORE_OUTPUT });
    const { input, selector } = archive;
    mounts.add(input, { dest: `${DOWNLOAD_DIR}/${DOWNLOAD_NAME}`, selector, readonly: true });
    const digest = this.ops.add(
      {
        inputs: mounts.inputs,
        platform: this.ops.ownPlatform,
        op: sandboxExec({
          script: [SUBSTITUTER],
          env: [
            `NIX_STORE=${textOf(this.storeDir)}`,
            `packing=${substitute.packing}`,
            `path=${textOf(path)}`,
            `sha256=${substitute.narHash}`,
            `size=${substitute.narSize}`,
          ],
          cwd: BUILD_DIR,
          user: BUILD_USER,
          mounts,
        }),
      },
      {
        name: `unpack ${name} from a binary cache`,
        description: { 'llb-lens.substitute': textOf(path) },
        caps: EXEC_CAPS,
      },
      ROLES.sources,
    );
    this.made.set(path, digest);
    this.paths.set(digest, path);
    return digest;
  }

  private archive(source: ArchiveSource, name: string): { input: OpInput; selector: string } {
    if (source.kind === 'local') {
      return {
        input: { digest: this.folder(source.name), index: 0 },
        selector: `/${source.file}`,
      };
    }
    const { url, checksum } = source;
    const attrs = {
      ...(checksum === undefined ? {} : { 'http.checksum': `sha256:${checksum}` }),
      'http.filename': DOWNLOAD_NAME,
      'http.perm': '0644',
    };
    const digest = this.ops.add(
      { inputs: [], op: { kind: 'source', identifier: url, attrs } },
      {
        name: `download ${name}`,
        caps: ['source.http', 'source.http.checksum', 'source.http.perm'],
      },
      ROLES.sources,
    );
    return { input: { digest, index: 0 }, selector: `/${DOWNLOAD_NAME}` };
  }

  /** One source op for all that the session sends from a cache. */
  private folder(name: string): Digest {
    const known = this.folders.get(name);
    if (known !== undefined) return known;
    const files: string[] = [];
    for (const { source } of this.options.substitution?.substitutes.values() ?? []) {
      if (source.kind === 'local' && source.name === name) files.push(source.file);
    }
    const digest = this.ops.add(
      localSource({ name, includePatterns: files.sort() }, this.options.sessionId),
      { name: 'load archives of a binary cache', caps: LOCAL_CAPS },
      ROLES.sources,
    );
    this.folders.set(name, digest);
    return digest;
  }
}

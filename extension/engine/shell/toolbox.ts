/**
 * A shell and its small programs for images that have none: busybox, mounted beside the root of a
 * step. It comes from an image, or from a folder of the user's that the session sends.
 */
import { TOOLS_DIGEST, TOOLS_TAG } from '../../../language-server/derivation/sandbox/tools-image';
import { metadataLogName } from '../../../language-server/dockerfile/compile/image-resolver';
import * as ops from '../../../proto/generated/ops';
import { isMissingFile } from '../../../proto/client/buildkit-error';
import { digestOf, type Digest } from '../../../proto/model/digest';
import type { Init } from '../../../proto/wire/message';
import { BuildFailure } from '../input/build-input';
import type { BuildJob } from '../job/build-job';
import { terminalBytes } from '../job/slice';

export type ToolsSource =
  | { readonly kind: 'image'; readonly ref: string }
  /** The session serves the folder by the name {@link toolsDirectory}. */
  | { readonly kind: 'folder' };

/** Pinned. */
export const defaultTools = `${TOOLS_TAG}@${TOOLS_DIGEST}`;

/** The local source by which the user's folder is read. */
export const toolsDirectory = 'llb-lens-tools';

/** Where the tools are mounted. Nothing of it stays in what is built. */
const toolsMount = '/.llb-lens';
const linksMount = '/.llb-lens-bin';

const candidates = ['bin/busybox', 'busybox', 'usr/bin/busybox'];

export type OpenToolbox = {
  readonly mounts: readonly Init<ops.Mount>[];
  readonly shell: readonly string[];
  /** To add to PATH. */
  readonly folder: string;
};

export class Toolbox {
  private readonly opened = new Map<BuildJob, Map<string, Promise<OpenToolbox>>>();

  constructor(private readonly source: ToolsSource) {}

  /**
   * The mounts that bring the tools in.
   * @throws BuildkitError, BuildFailure when there are no tools to be had
   */
  open(job: BuildJob, platform: ops.Platform | undefined): Promise<OpenToolbox> {
    const byPlatform = this.opened.get(job) ?? new Map<string, Promise<OpenToolbox>>();
    this.opened.set(job, byPlatform);
    const key = JSON.stringify(platform ?? {});
    const known = byPlatform.get(key);
    if (known !== undefined) return known;
    const made = this.make(job, platform);
    byPlatform.set(key, made);
    made.catch(() => byPlatform.delete(key));
    return made;
  }

  private async make(job: BuildJob, platform: ops.Platform | undefined): Promise<OpenToolbox> {
    const source = await this.sourceBytes(job, platform);
    const tools = await job.solveDefinition(definitionOf([source], 'load tools'));
    const program = await this.find(job, tools);
    const links = linkBytes(source, `${toolsMount}/${program}`, platform);
    const linked = await job.solveDefinition(definitionOf([source, links], 'link tools'));
    return {
      mounts: [
        { dest: toolsMount, resultId: tools, readonly: true },
        { dest: linksMount, resultId: linked, readonly: true },
      ],
      shell: [`${toolsMount}/${program}`, 'sh'],
      folder: linksMount,
    };
  }

  private async sourceBytes(job: BuildJob, platform: ops.Platform | undefined) {
    const inPlatform = platform === undefined ? {} : { platform };
    if (this.source.kind === 'folder') {
      const attrs = new Map([
        ['local.session', job.sessionId],
        ['local.sharedkeyhint', toolsDirectory],
      ]);
      return ops.Op.encode({ source: { identifier: `local://${toolsDirectory}`, attrs } });
    }
    const { ref } = this.source;
    const named = await job.gateway.resolveImageConfig({
      ref,
      ...inPlatform,
      resolveMode: 'default',
      logName: metadataLogName(ref),
    });
    const pinned = ref.includes('@') || named.digest === '' ? ref : `${ref}@${named.digest}`;
    return ops.Op.encode({ source: { identifier: `docker-image://${pinned}` }, ...inPlatform });
  }

  private async find(job: BuildJob, ref: string): Promise<string> {
    for (const path of candidates) {
      try {
        await job.gateway.statFile({ ref, path: `/${path}` });
        return path;
      } catch (error) {
        if (!isMissingFile(error)) throw error;
      }
    }
    const place = this.source.kind === 'folder' ? 'the tools folder' : this.source.ref;
    throw new BuildFailure(`There is no busybox in ${place}: looked for ${candidates.join(', ')}.`);
  }
}

/** A command that makes a link for each program that busybox is. */
function linkBytes(source: Uint8Array, program: string, platform: ops.Platform | undefined) {
  return ops.Op.encode({
    inputs: [{ digest: digestOf(source) }],
    exec: {
      meta: { args: [program, '--install', '-s', '/'], env: [], cwd: '/' },
      mounts: [
        { input: -1n, dest: '/', output: 0n },
        { input: 0n, dest: toolsMount, output: -1n, readonly: true },
      ],
      network: ops.NetMode.NONE,
    },
    ...(platform === undefined ? {} : { platform }),
  });
}

function definitionOf(bytes: readonly Uint8Array[], name: string): ops.Definition {
  const digests = bytes.map((one) => digestOf(one));
  const last: Digest = digests.at(-1) ?? digestOf(new Uint8Array());
  return ops.Definition.create({
    def: [...bytes, terminalBytes(last, 0)],
    metadata: new Map(
      digests.map((digest) => [
        digest,
        { description: new Map([['llb.customname', `[internal] ${name}`]]) },
      ]),
    ),
  });
}

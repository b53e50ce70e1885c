/** Makes the ops of one closure: the shared sandbox, the sources, and an exec op for each derivation. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { GraphGroup } from '../../../proto/model/build-graph';
import type { SourceInfo, SourceLocation } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { NONE, type Op, type OpInput, type Platform } from '../../../proto/model/op';
import { bytesOf, exactTextOf, textOf, type ByteString } from '../byte-string';
import type { Closure, LoadedDerivation } from '../closure';
import { environmentValue, isFixedOutput, outputKind, type Derivation } from '../derivation';
import type { Knowledge } from '../knowledge';
import { linesOf } from '../lines';
import { toNix32 } from '../nix32';
import { optionsOf } from '../options';
import type { ResolvedDerivation } from '../resolve';
import { BUILTINS } from '../runner/builtins';
import type { GuessedScope } from '../runner/guess';
import { isGivenByPlan, planOf } from '../runner/plan';
import {
  DOWNLOAD_DIR,
  DOWNLOAD_NAME,
  KNOWN_DIR,
  PLAN_FILE,
  PLAN_VARIABLE,
  RUNNER,
} from '../runner/tools';
import { BUILD_DIR, sandboxOf } from '../sandbox/environment';
import { exportedGraph, type PathLookup } from '../sandbox/reference-graph';
import {
  addFiles,
  addNetworkFiles,
  addSkeleton,
  BUILD_USER,
  HOST_FILES,
  type Skeleton,
} from '../sandbox/skeleton';
import { baseName, derivationNameOf } from '../store-path';
import { AMD64 } from './check-closure';
import { ROLES, SOURCES_NAME, type CompileOptions } from './compiled-closure';
import { DefinitionBuilder, type OpNotes } from './definition-builder';
import { EXEC_CAPS, sandboxExec } from './exec-op';
import { fileOp, makeFile } from './file-ops';
import { LOCAL_CAPS, localSource, type LocalFolder } from './local-source';
import { MountList } from './mount-list';
import { needsReports, type Scope } from './scope';
import { packedStore } from './packed-store';
import { STORE_OUTPUT, storeInput, type StoreInput } from './store-input';
import { SubstituteOps } from './substitute-ops';
import { platformOfSystem } from './systems';

/** Above this the texts of inputs are left out of the definition, which BuildKit limits to 16 MiB. */
const MOST_SOURCE_BYTES = 2 * 1024 * 1024;
/** Each mount costs the step some milliseconds; from here on inputs are put together beforehand. */
const MOST_MOUNTS = 256;
/** The kernel takes variables of up to 128 KiB; a longer plan becomes a file. */
const LONGEST_PLAN = 64 * 1024;

/** What a derivation's op is made from besides the derivation. */
export type DerivationContext = {
  readonly scope: Scope;
  readonly guessed: GuessedScope | undefined;
  readonly execOf: (drv: ByteString) => Digest | undefined;
  readonly knowledge: Knowledge;
  readonly lookup: PathLookup;
};

/** An input and where it is mounted. */
type PlacedInput = StoreInput & {
  readonly path: ByteString;
  readonly dest: string;
  /** The path's place among those known beforehand, as numbers compare sooner than long texts. */
  readonly rank: number | undefined;
};

function byPath(left: PlacedInput, right: PlacedInput): number {
  if (left.rank !== undefined && right.rank !== undefined) return left.rank - right.rank;
  return left.path < right.path ? -1 : 1;
}

export class OpMaker {
  readonly builder = new DefinitionBuilder();
  readonly groups = new Map<Digest, GraphGroup>();
  readonly sources: SourceInfo[] = [];
  readonly entitlements = new Set<string>();
  readonly ownPlatform: Platform;
  private readonly skeletons = new Map<string, Skeleton>();
  private readonly skeletonsOf = new Map<Platform, Skeleton>();
  private readonly networkRoots = new Map<Digest, Digest>();
  private readonly placed = new Map<ByteString, PlacedInput>();
  private ranks: ReadonlyMap<ByteString, number> | undefined;
  private readonly sourceIndex = new Map<ByteString, number>();
  readonly substitutes: SubstituteOps;
  private readonly place: NonNullable<CompileOptions['sources']>;
  private readonly local: Digest | undefined;
  private readonly includePatterns: readonly string[];

  constructor(
    private readonly closure: Closure,
    private readonly options: CompileOptions,
    private readonly platformOf: (derivation: Derivation) => Platform,
    private readonly knowledge: Knowledge,
  ) {
    this.ownPlatform = options.platforms?.[0] ?? AMD64;
    this.place = options.sources ?? { name: SOURCES_NAME, folder: '' };
    const fetched = options.substitution?.substitutes;
    this.substitutes = new SubstituteOps(this, closure.storeDir, options);
    this.includePatterns = [...closure.sources.values()]
      .filter(({ path }) => fetched?.has(path) !== true)
      .map(({ path }) => textOf(`${this.place.folder}/${baseName(path)}`).slice(1))
      .sort();
    this.local = this.includePatterns.length === 0 ? undefined : this.addSources();
    this.addSourceTexts();
    const built = options.substitution?.built;
    for (const { path, derivation } of closure.derivations.values()) {
      if (built?.has(path) === false) continue;
      const network = options.fetchNetwork ?? 'host';
      if (derivation !== undefined && usesNetwork(derivation) && network === 'host') {
        this.entitlements.add('network.host');
      }
    }
  }

  get locals(): LocalFolder[] {
    const { local, includePatterns } = this;
    return local === undefined ? [] : [{ name: this.place.name, includePatterns }];
  }

  add(op: Op, notes: OpNotes, group: GraphGroup): Digest {
    const digest = this.builder.add(op, notes);
    this.groups.set(digest, group);
    return digest;
  }

  skeleton(platform: Platform): Skeleton {
    const found = this.skeletonsOf.get(platform);
    if (found !== undefined) return found;
    const key = JSON.stringify(platform);
    const made = this.skeletons.get(key) ?? this.makeSkeleton(platform);
    this.skeletons.set(key, made);
    this.skeletonsOf.set(platform, made);
    return made;
  }

  private makeSkeleton(platform: Platform): Skeleton {
    const name = baseName(this.closure.storeDir);
    const { shell, sessionId } = this.options;
    const made = addSkeleton(this.builder, platform, shell, name, sessionId);
    for (const digest of made.all) this.groups.set(digest, ROLES.sandbox);
    return made;
  }

  private networkRoot({ root }: Skeleton): Digest {
    const found = this.networkRoots.get(root);
    if (found !== undefined) return found;
    const made = addNetworkFiles(this.builder, root);
    this.networkRoots.set(root, made);
    return made;
  }

  private rankOf(path: ByteString): number | undefined {
    this.ranks ??= new Map(
      [
        ...this.closure.sources.keys(),
        ...[...this.closure.derivations.values()].flatMap(({ derivation }) =>
          (derivation?.outputs ?? []).map((output) => output.path),
        ),
      ]
        .sort()
        .map((each, at) => [each, at]),
    );
    return this.ranks.get(path);
  }

  /** Where a source is read from, or a substitute; undefined when the closure has none of this path. */
  source(path: ByteString): StoreInput | undefined {
    const substitute = this.options.substitution?.substitutes.get(path);
    if (substitute !== undefined) {
      const digest = this.substitutes.add(substitute, this.skeleton(this.ownPlatform));
      return storeInput(digest, path, this.closure.storeDir, this.knowledge);
    }
    if (this.local === undefined || !this.closure.sources.has(path)) return undefined;
    const selector = textOf(`${this.place.folder}/${baseName(path)}`);
    return { input: { digest: this.local, index: 0 }, selector, link: false };
  }

  addDerivation(
    loaded: LoadedDerivation,
    { derivation, path }: ResolvedDerivation,
    context: DerivationContext,
  ): Digest {
    const name = textOf(derivationNameOf(loaded.path) ?? baseName(loaded.path));
    const platform = this.platformOf(derivation);
    const skeleton = this.skeleton(platform);
    const { storeDir } = this.closure;
    const sandbox = sandboxOf(derivation, storeDir, {
      ...(this.options.cores === undefined ? {} : { cores: this.options.cores }),
      impureVariables: this.options.impureVariables ?? {},
      graphs: new Map(
        optionsOf(derivation).graphs.map((graph) => [
          graph.name,
          exportedGraph(graph.paths, storeDir, context.lookup),
        ]),
      ),
    });
    const personality = platformOfSystem(derivation.system)?.architecture;
    const thirtyTwo = personality === '386' && platform.architecture === 'amd64';
    const plan = planOf(path, derivation, sandbox, storeDir, {
      thirtyTwo,
      guessed: context.guessed,
    });
    const planFile = plan.length > LONGEST_PLAN || exactTextOf(plan) === undefined;
    const files = sandbox.files.map((file) => ({
      path: textOf(file.path),
      contents: bytesOf(file.contents),
    }));
    if (planFile) files.push({ path: PLAN_FILE, contents: bytesOf(plan) });
    const network = usesNetwork(derivation);
    const bare = network ? this.networkRoot(skeleton) : skeleton.root;
    const root = addFiles(this.builder, bare, files, `write files for ${name}`);
    for (const each of [bare, root]) this.groups.set(each, ROLES.sandbox);

    const mounts = new MountList();
    mounts.add({ digest: root, index: 0 }, { dest: '/', output: 0 });
    const { base, mounted } = this.inputs(skeleton, context);
    const storeParent = storeDir.slice(0, storeDir.lastIndexOf('/'));
    mounts.add({ digest: base, index: 0 }, { dest: textOf(storeParent), output: STORE_OUTPUT });
    const download = this.addDownload(loaded, derivation);
    if (download !== undefined) {
      const place = { dest: `${DOWNLOAD_DIR}/${DOWNLOAD_NAME}`, readonly: true };
      mounts.add(download.input, { ...place, selector: `/${download.name}` });
    }
    this.mountKnown(mounts, derivation, context);
    if (network)
      for (const { id, path: dest } of Object.values(HOST_FILES)) mounts.addSecret(id, dest);
    for (const { dest, input, selector } of mounted) {
      mounts.add(input, { dest, selector, readonly: true });
    }

    const impure = derivation.outputs.some((output) => outputKind(output) === 'impure');
    const environment = [...sandbox.variables]
      .filter(([key, value]) => !isGivenByPlan(key, value))
      .map(([key, value]) => textOf(`${key}=${value}`));
    return this.add(
      {
        inputs: mounts.inputs,
        platform,
        op: sandboxExec({
          script: [RUNNER, textOf(loaded.path)],
          env: planFile ? environment : [...environment, `${PLAN_VARIABLE}=${textOf(plan)}`],
          cwd: BUILD_DIR,
          user: BUILD_USER,
          mounts,
          network: network ? (this.options.fetchNetwork ?? 'host') : 'none',
        }),
      },
      {
        name: `build ${name}`,
        description: { 'llb-lens.derivation': textOf(loaded.path) },
        caps: network ? [...EXEC_CAPS, 'exec.mount.secret'] : EXEC_CAPS,
        locations: this.locations(loaded, [loaded.syntax]),
        ignoreCache: impure,
      },
      ROLES.derivations,
    );
  }

  /** The store to begin with, and what is mounted into it. */
  private inputs(
    skeleton: Skeleton,
    { scope, execOf, knowledge }: DerivationContext,
  ): {
    readonly base: Digest;
    readonly mounted: readonly PlacedInput[];
  } {
    const { storeDir } = this.closure;
    const all: PlacedInput[] = [];
    let links = false;
    for (const [path, drv] of scope.outputs) {
      const digest = execOf(drv);
      if (digest === undefined) continue;
      let placed = this.placed.get(path);
      // Two derivations can make the same path.
      if (placed?.input.digest !== digest) {
        placed = {
          path,
          rank: this.rankOf(path),
          dest: textOf(path),
          ...storeInput(digest, path, storeDir, knowledge),
        };
        this.placed.set(path, placed);
      }
      links ||= placed.link;
      all.push(placed);
    }
    for (const path of scope.sources) {
      const source = this.source(path);
      if (source === undefined) continue;
      links ||= source.link;
      all.push({ path, rank: this.rankOf(path), dest: textOf(path), ...source });
    }
    all.sort(byPath);
    const many = all.length > MOST_MOUNTS;
    // A symlink cannot be mounted: BuildKit would follow it.
    const packed = many || links ? all.filter(({ link }) => many || link) : [];
    if (packed.length === 0) return { base: skeleton.store, mounted: all };
    const canMerge = this.options.canMerge ?? false;
    const base = packedStore(this, skeleton.store, packed, textOf(baseName(storeDir)), canMerge);
    return { base, mounted: all.filter((each) => !packed.includes(each)) };
  }

  /** The graph of what the builder sees, for limits on what outputs need. */
  private mountKnown(mounts: MountList, derivation: Derivation, context: DerivationContext): void {
    if (!needsReports(derivation) || optionsOf(derivation).checks.size === 0) return;
    const { scope, lookup } = context;
    const lines = [...scope.outputs.keys(), ...scope.sources].sort().map((path) => {
      const known = lookup(path);
      const references = (known?.references ?? []).map((each) => baseName(each));
      return `${[baseName(path), `${known?.narSize ?? 0}`, ...references].join(' ')}\n`;
    });
    const digest = this.add(
      { inputs: [], op: fileOp(NONE, 0, [makeFile('/graph', 0o444, bytesOf(lines.join('')))]) },
      { name: '[internal] write down what the inputs refer to', caps: ['file.base'] },
      ROLES.sandbox,
    );
    mounts.add({ digest, index: 0 }, { dest: KNOWN_DIR, readonly: true });
  }

  /** One local source for all: the session sends only the paths in its patterns. */
  private addSources(): Digest {
    const { includePatterns } = this;
    const name = `load ${includePatterns.length === 1 ? 'source' : 'sources'} ${includePatterns.join(' ')}`;
    const folder = { name: this.place.name, includePatterns };
    const notes = { name, caps: LOCAL_CAPS };
    return this.add(localSource(folder, this.options.sessionId), notes, ROLES.sources);
  }

  private addSourceTexts(): void {
    const all = [...this.closure.derivations.values()];
    const size = all.reduce((sum, each) => sum + each.bytes.length, 0);
    for (const { path, bytes } of all) {
      if (size > MOST_SOURCE_BYTES && !this.closure.roots.includes(path)) continue;
      this.sourceIndex.set(path, this.sources.length);
      this.sources.push({ filename: textOf(baseName(path)), language: 'drv', data: bytes });
    }
  }

  private locations(
    loaded: LoadedDerivation,
    ranges: readonly { readonly start: number; readonly end: number }[],
  ): SourceLocation[] {
    const sourceIndex = this.sourceIndex.get(loaded.path);
    if (sourceIndex === undefined) return [];
    const lines = linesOf(loaded.bytes);
    return [{ sourceIndex, ranges: ranges.map((range) => lines.sourceRange(range)) }];
  }

  /**
   * What a builtin works on becomes BuildKit's own download; a flat sha256 is checked there already.
   * Its name follows from the address, as BuildKit takes downloads of one name and hash for one: then a
   * mirror that has the file would fail with one that has not.
   */
  private addDownload(
    loaded: LoadedDerivation,
    derivation: Derivation,
  ): { readonly input: OpInput; readonly name: string } | undefined {
    const url = environmentValue(derivation, 'url');
    if (BUILTINS.get(derivation.builder)?.downloads !== true || url === undefined) return undefined;
    const [output] = derivation.outputs;
    const executable = environmentValue(derivation, 'executable') === '1';
    const unpacks = environmentValue(derivation, 'unpack') === '1';
    if (url.startsWith('file://')) return undefined;
    const checked = output !== undefined && outputKind(output) === 'fixed' && !unpacks;
    const flat = checked && output.hashAlgorithm === 'sha256';
    const node = loaded.syntax.env.find((entry) => entry.name.value === 'url');
    const name = `${DOWNLOAD_NAME}-${toNix32(sha256(bytesOf(url)))}`;
    const digest = this.add(
      {
        inputs: [],
        op: {
          kind: 'source',
          identifier: textOf(url),
          attrs: {
            ...(flat ? { 'http.checksum': `sha256:${output.hash}` } : {}),
            'http.filename': name,
            'http.perm': executable ? '0755' : '0644',
          },
        },
      },
      {
        name: `download ${textOf(url)}`,
        caps: ['source.http', 'source.http.checksum', 'source.http.perm'],
        locations: this.locations(loaded, node === undefined ? [] : [node]),
      },
      ROLES.sources,
    );
    return { input: { digest, index: 0 }, name };
  }
}

/** Nix leaves the network to derivations whose contents are checked, and to those it never caches. */
function usesNetwork(derivation: Derivation): boolean {
  if (BUILTINS.get(derivation.builder)?.downloads === true) return false;
  const impure = derivation.outputs.some((output) => outputKind(output) === 'impure');
  return impure || isFixedOutput(derivation);
}

/**
 * Compiles a closure of derivations to LLB: one exec op per derivation, its inputs' outputs mounted
 * at their store paths, Nix's sandbox around it and the runner inside.
 *
 * Pure and deterministic: equal closures and options give equal bytes. What cannot be built as
 * written is reported; the definition is then good for drawing only.
 */
import type { GraphGroup } from '../../proto/model/build-graph';
import type { Definition, SourceInfo, SourceLocation } from '../../proto/model/definition';
import type { Digest } from '../../proto/model/digest';
import { NONE, type OpInput, type Platform } from '../../proto/model/op';
import { bytesOf, textOf, type ByteString } from './byte-string';
import type { Closure, LoadedDerivation } from './closure';
import {
  ROLES,
  SOURCES_NAME,
  type CompiledClosure,
  type CompiledOutput,
  type CompileOptions,
} from './compiled-closure';
import { commandLine, DOWNLOAD_DIR, DOWNLOAD_NAME } from './command-line';
import { DefinitionBuilder } from './definition-builder';
import { environmentValue, isFixedOutput, type Derivation } from './derivation';
import { diagnostic, type ClosureDiagnostic } from './diagnostic';
import { derivationDiagnostics } from './diagnostics';
import { BUILD_DIR, sandboxOf } from './environment';
import { FETCHURL, hasUnknownPaths, unsupportedFeatures } from './features';
import { copyPath, fileOp, makeDirectory } from './file-ops';
import { linesOf } from './lines';
import { MountList } from './mount-list';
import { moduloHashesOf } from './outputs';
import { TOOLS_DIR } from './runner';
import { addFiles, addSkeleton, BUILD_USER, type Skeleton } from './skeleton';
import { baseName, derivationNameOf } from './store-path';
import { BUILTIN_SYSTEM, platformOfSystem, samePlatform } from './systems';
import { MOST_PAIRS, visibleInputs, type InputScope, type VisibleInputs } from './visible-inputs';

const STORE_OUTPUT = 1;
/** Above this the texts of inputs are left out of the definition, which BuildKit limits to 16 MiB. */
const MOST_SOURCE_BYTES = 2 * 1024 * 1024;
const AMD64: Platform = { os: 'linux', architecture: 'amd64' };

export function compileClosure(closure: Closure, options: CompileOptions): CompiledClosure {
  return new ClosureCompiler(closure, options).compile();
}

class ClosureCompiler {
  private readonly builder = new DefinitionBuilder();
  private readonly groups = new Map<Digest, GraphGroup>();
  private readonly problems: ClosureDiagnostic[] = [];
  private readonly skeletons = new Map<string, Skeleton>();
  private readonly execs = new Map<ByteString, Digest>();
  private readonly sources: SourceInfo[] = [];
  private readonly sourceIndex = new Map<ByteString, number>();
  private readonly platforms: readonly Platform[];
  private readonly entitlements = new Set<string>();
  private local: Digest | undefined;
  private includePatterns: readonly string[] = [];

  constructor(
    private readonly closure: Closure,
    private readonly options: CompileOptions,
  ) {
    this.platforms = options.platforms ?? [AMD64];
  }

  compile(): CompiledClosure {
    const drawable = this.check();
    const visible = drawable ? this.visible() : undefined;
    if (visible === undefined) return this.result(undefined, []);
    this.addSources(visible);
    this.addSourceTexts();
    for (const loaded of this.closure.derivations.values()) {
      if (loaded.derivation === undefined) continue;
      const inputs = visible.get(loaded.path) ?? { outputs: new Map(), sources: [] };
      this.execs.set(loaded.path, this.addDerivation(loaded, loaded.derivation, inputs));
    }
    const outputs = this.wantedOutputs();
    if (outputs.length === 0) return this.result(undefined, []);
    return this.result(this.collect(outputs), outputs);
  }

  private result(
    definition: Definition | undefined,
    outputs: readonly CompiledOutput[],
  ): CompiledClosure {
    return {
      ...(definition === undefined ? {} : { definition }),
      groups: this.groups,
      outputs,
      locals:
        this.local === undefined
          ? []
          : [{ name: SOURCES_NAME, includePatterns: this.includePatterns }],
      entitlements: [...this.entitlements],
      problems: this.problems,
      buildable:
        definition !== undefined && this.problems.every((each) => each.severity !== 'error'),
    };
  }

  /** Reports everything wrong or unsupported; false when the closure cannot even be drawn. */
  private check(): boolean {
    let drawable = true;
    const hashes = moduloHashesOf(this.closure);
    for (const loaded of this.closure.derivations.values()) {
      const { path, bytes, derivation, syntax } = loaded;
      const found = derivationDiagnostics({ path, bytes, parsed: loaded }, this.closure, hashes);
      if (derivation === undefined) {
        if (this.closure.roots.includes(path)) drawable = false;
      } else {
        found.push(...unsupportedFeatures(derivation, syntax));
        const system = syntax.system ?? syntax;
        const platform = this.platformOf(derivation);
        if (platform === undefined || !this.platforms.some((p) => samePlatform(p, platform))) {
          const message = `a ${textOf(derivation.system)} is needed to build this, which the builder is not`;
          found.push(diagnostic('platform-mismatch', system, message));
        }
        if (hasUnknownPaths(derivation)) drawable = false;
        if (!/^\/[^/].*\/[^/]+$/.test(this.closure.storeDir)) {
          const message = `the store directory ${textOf(this.closure.storeDir)} cannot be mounted`;
          found.push(diagnostic('unsupported', syntax, message));
          drawable = false;
        }
      }
      this.problems.push(...found.map((each) => ({ ...each, drv: path })));
    }
    return drawable && this.closure.cyclic.size === 0;
  }

  private visible(): ReadonlyMap<ByteString, VisibleInputs> | undefined {
    const scope = (kind: InputScope, most?: number) => visibleInputs(this.closure, kind, most);
    const whole = scope('closure', MOST_PAIRS);
    if (whole !== undefined) return whole;
    const [root] = this.closure.roots;
    const syntax = root === undefined ? undefined : this.closure.derivations.get(root)?.syntax;
    if (root !== undefined && syntax !== undefined) {
      const message = `a closure of ${this.closure.derivations.size} derivations is too large to build at once`;
      this.problems.push({
        ...diagnostic('unsupported', syntax.fields.inputDrvs ?? syntax, message),
        drv: root,
      });
    }
    return scope('direct');
  }

  private platformOf(derivation: Derivation): Platform | undefined {
    if (derivation.system === BUILTIN_SYSTEM) return this.platforms[0];
    return platformOfSystem(derivation.system);
  }

  private skeleton(platform: Platform): Skeleton {
    const key = JSON.stringify(platform);
    const known = this.skeletons.get(key);
    if (known !== undefined) return known;
    const name = baseName(this.closure.storeDir);
    const made = addSkeleton(this.builder, platform, this.options.shell, name);
    for (const digest of made.all) this.groups.set(digest, ROLES.sandbox);
    this.skeletons.set(key, made);
    return made;
  }

  /** One local source for all: the session sends only the paths in its patterns. */
  private addSources(visible: ReadonlyMap<ByteString, VisibleInputs>): void {
    const paths = new Set([...visible.values()].flatMap((each) => each.sources));
    if (paths.size === 0) return;
    this.includePatterns = [...paths].map((path) => textOf(baseName(path))).sort();
    this.local = this.builder.add(
      {
        inputs: [],
        op: {
          kind: 'source',
          identifier: `local://${SOURCES_NAME}`,
          attrs: {
            'local.includepattern': JSON.stringify(this.includePatterns),
            'local.session': this.options.sessionId,
            'local.sharedkeyhint': SOURCES_NAME,
          },
        },
      },
      {
        name: `load ${paths.size === 1 ? 'source' : 'sources'} ${this.includePatterns.join(' ')}`,
        caps: [
          'source.local',
          'source.local.includepatterns',
          'source.local.sessionid',
          'source.local.sharedkeyhint',
        ],
      },
    );
    this.groups.set(this.local, ROLES.sources);
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

  private addDerivation(
    loaded: LoadedDerivation,
    derivation: Derivation,
    inputs: VisibleInputs,
  ): Digest {
    const { path, syntax } = loaded;
    const name = textOf(derivationNameOf(path) ?? baseName(path));
    const platform = this.platformOf(derivation) ?? this.platforms[0] ?? AMD64;
    const skeleton = this.skeleton(platform);
    const sandbox = sandboxOf(derivation, this.closure.storeDir, {
      cores: this.options.cores ?? 1,
      impureVariables: this.options.impureVariables ?? {},
    });
    const root = addFiles(
      this.builder,
      skeleton.root,
      sandbox.files.map((file) => ({
        path: textOf(file.path),
        contents: bytesOf(file.contents),
      })),
      `write files for ${name}`,
    );
    if (root !== skeleton.root) this.groups.set(root, ROLES.sandbox);

    const storeParent = this.closure.storeDir.slice(0, this.closure.storeDir.lastIndexOf('/'));
    const mounts = new MountList();
    mounts.add({ digest: root, index: 0 }, { dest: '/', output: 0 });
    mounts.add({ digest: skeleton.tools, index: 0 }, { dest: TOOLS_DIR, readonly: true });
    mounts.add(
      { digest: skeleton.store, index: 0 },
      { dest: textOf(storeParent), output: STORE_OUTPUT },
    );
    const download = this.addDownload(loaded, derivation);
    if (download !== undefined) mounts.add(download, { dest: DOWNLOAD_DIR, readonly: true });
    this.mountInputs(mounts, inputs);

    const fixed = isFixedOutput(derivation);
    if (fixed && download === undefined) this.entitlements.add('network.host');
    const digest = this.builder.add(
      {
        inputs: mounts.inputs,
        platform,
        op: {
          kind: 'exec',
          meta: {
            args: commandLine(path, derivation, sandbox, this.closure.storeDir),
            env: [...sandbox.variables].map(([key, value]) => textOf(`${key}=${value}`)),
            cwd: BUILD_DIR,
            user: BUILD_USER,
            extraHosts: [],
            hostname: 'localhost',
            ulimits: [],
            cgroupParent: '',
            removeMountStubsRecursive: false,
            validExitCodes: [],
          },
          mounts: mounts.mounts,
          network: fixed && download === undefined ? 'host' : 'none',
          security: 'sandbox',
          secretEnv: [],
          cdiDevices: [],
        },
      },
      {
        name: `build ${name}`,
        description: { 'llb-lens.derivation': textOf(path) },
        caps: ['exec.meta.base', 'exec.meta.network', 'exec.mount.bind', 'exec.mount.selector'],
        locations: this.locations(loaded, [syntax]),
      },
    );
    this.groups.set(digest, ROLES.derivations);
    return digest;
  }

  private mountInputs(mounts: MountList, { outputs, sources }: VisibleInputs): void {
    const store = `/${baseName(this.closure.storeDir)}`;
    const all: [path: ByteString, from: OpInput, selector: string][] = [];
    for (const [path, { drv }] of outputs) {
      const digest = this.execs.get(drv);
      if (digest === undefined) continue;
      all.push([path, { digest, index: STORE_OUTPUT }, textOf(`${store}/${baseName(path)}`)]);
    }
    for (const path of sources) {
      if (this.local === undefined) continue;
      all.push([path, { digest: this.local, index: 0 }, textOf(`/${baseName(path)}`)]);
    }
    all.sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [path, from, selector] of all) {
      mounts.add(from, { dest: textOf(path), selector, readonly: true });
    }
  }

  /** `builtin:fetchurl` becomes BuildKit's own download; a flat sha256 is checked there already. */
  private addDownload(loaded: LoadedDerivation, derivation: Derivation): OpInput | undefined {
    const url = environmentValue(derivation, 'url');
    if (derivation.builder !== FETCHURL || url === undefined) return undefined;
    const [output] = derivation.outputs;
    const executable = environmentValue(derivation, 'executable') === '1';
    const node = loaded.syntax.env.find((entry) => entry.name.value === 'url');
    const digest = this.builder.add(
      {
        inputs: [],
        op: {
          kind: 'source',
          identifier: textOf(url),
          attrs: {
            ...(output?.hashAlgorithm === 'sha256'
              ? { 'http.checksum': `sha256:${output.hash}` }
              : {}),
            'http.filename': DOWNLOAD_NAME,
            'http.perm': executable ? '0755' : '0644',
          },
        },
      },
      {
        name: `download ${textOf(url)}`,
        caps: ['source.http', 'source.http.checksum', 'source.http.perm'],
        locations: this.locations(loaded, node === undefined ? [] : [node]),
      },
    );
    this.groups.set(digest, ROLES.sources);
    return { digest, index: 0 };
  }

  private wantedOutputs(): CompiledOutput[] {
    const store = `/${baseName(this.closure.storeDir)}`;
    const drvs =
      this.options.wanted === 'all' ? [...this.closure.derivations.keys()] : this.closure.roots;
    return [...new Set(drvs)].flatMap((drv) => {
      const digest = this.execs.get(drv);
      const outputs = this.closure.derivations.get(drv)?.derivation?.outputs ?? [];
      return digest === undefined
        ? []
        : outputs.map(({ name, path }) => ({
            drv,
            name,
            path,
            digest,
            index: STORE_OUTPUT,
            selector: textOf(`${store}/${baseName(path)}`),
          }));
    });
  }

  /** The result: the wanted outputs in an otherwise empty store. */
  private collect(outputs: readonly CompiledOutput[]): Definition {
    const inputs = [...new Set(outputs.map((output) => output.digest))];
    const storeDir = textOf(this.closure.storeDir);
    const unique = new Map(outputs.map((output) => [output.path, output]));
    const digest = this.builder.add(
      {
        inputs: inputs.map((input) => ({ digest: input, index: STORE_OUTPUT })),
        op: fileOp(NONE, inputs.length, [
          makeDirectory(storeDir, 0o755),
          ...[...unique.values()].map((output) =>
            copyPath(inputs.indexOf(output.digest), output.selector, `${storeDir}/`),
          ),
        ]),
      },
      { name: 'collect outputs', caps: ['file.base'] },
    );
    this.groups.set(digest, ROLES.outputs);
    return this.builder.finish({ digest, index: 0 }, this.sources);
  }
}

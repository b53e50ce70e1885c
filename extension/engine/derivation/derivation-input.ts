/**
 * A derivation with its closure as build input. There is no frontend: our own compiler makes the
 * definition that BuildKit runs.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type ByteString,
  type CompiledClosure,
  compileClosure,
  type CompiledOutput,
  type Derivation,
  Knowledge,
  planSubstitution,
  SHELL_IMAGE,
  type ShellImage,
  SHELL_STARTUP,
  SOURCES_NAME,
  type Substitute,
  type Substitution,
  textOf,
  TOOLS_NAME,
  type ToolsFolder,
} from '../../../language-server/derivation';
import {
  loadMade,
  openDocument,
  type OpenedClosure,
} from '../../../language-server/server/store-reader';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type * as ops from '../../../proto/generated/ops';
import type { Definition } from '../../../proto/model/definition';
import type { Platform } from '../../../proto/model/op';
import { platformFromPb } from '../../../proto/model/unmarshal';
import type {
  Assignment,
  BuildArgument,
  BuildInput,
  DefineContext,
  DefinedBuild,
  FailedBuild,
  Preview,
} from '../input/build-input';
import { BuildFailure } from '../input/build-input';
import { BinaryCaches } from './cache/read-cache';
import type { EachOptions } from './build-each';
import { explainDerivation } from './explain-derivation';
import { failedDownload } from './failed-download';
import { hostFiles } from './host-files';
import { asOneStep, DEFINITIONS_NAME, isWorthNesting, solveNested } from './nested-definition';
import { placedProblem, refusalOf } from './refusal';
import { ReportMemory } from './report-memory';
import { learnLink, StagedBuild } from './staged-build';
import { expandVariables } from '../input/expand-variables';
import { toolsImage, type ToolsImage } from './tools-image';
import { gatewayResolver } from '../job/gateway-resolver';
import { sliceRequest } from '../job/slice';
import { cacheFolder, thisHost } from '../platform';
import type { ResolvedProfile } from '../profile/profile';

type DerivationSource = Extract<ResolvedProfile['source'], { kind: 'derivation' }>;

/**
 * Reads the file (unless `unsaved` text is given in its place) and its closure beside it.
 * @throws the file system's error when a file cannot be read
 */
export async function derivationInput(
  profile: ResolvedProfile,
  source: DerivationSource,
  unsaved?: string,
  env: NodeJS.ProcessEnv = process.env,
  each?: EachOptions,
): Promise<DerivationInput> {
  const text = unsaved === undefined ? await readFile(source.file) : Buffer.from(unsaved, 'utf8');
  const { context } = source;
  const opened = await openDocument(
    source.file,
    text,
    context === undefined ? {} : { storeDir: context },
  );
  return new DerivationInput(profile, source.file, text, opened, env, each);
}

export class DerivationInput implements BuildInput {
  readonly kind = 'derivation';
  readonly shellVariables = [`ENV=${SHELL_STARTUP}`];
  readonly directories: Readonly<Record<string, string>>;
  readonly stored = [SOURCES_NAME];
  readonly further: NonNullable<BuildInput['further']>;
  readonly secrets: BuildInput['secrets'];
  /** What has busybox, for `/bin/sh` and the runner: an image, or a folder in place of it. */
  private readonly tools: {
    readonly image: string | undefined;
    readonly folder: string | undefined;
    readonly shell: string | undefined;
  };
  private drafted: CompiledClosure | undefined;
  private readonly wanted: 'roots' | 'all';
  private readonly knowledge = new Knowledge();
  private readonly memory = new ReportMemory();
  /** Derivations that others have made in this build. */
  private readonly made = new Map<ByteString, Derivation>();
  private compiled: CompiledClosure | undefined;
  private readonly caches: BinaryCaches | undefined;
  private readonly cacheNotes: string[] = [];
  private readonly toolsNotes: string[] = [];
  /** What the caches have answered, by path. */
  private readonly answers = new Map<ByteString, Promise<Substitute | undefined>>();
  /** Paths whose archives turned out not to be there, or to be others than promised. */
  private readonly broken = new Set<ByteString>();
  private lastStages: StagedBuild | undefined;
  private lastRequest: ops.Definition | undefined;
  private lastTools: ToolsImage | undefined;
  /** Only there while a definition is sent. */
  private readonly definitions = join(tmpdir(), `llb-lens-definitions-${randomUUID()}`);

  constructor(
    profile: ResolvedProfile,
    readonly path: string,
    readonly text: Uint8Array,
    readonly opened: OpenedClosure,
    private readonly env: NodeJS.ProcessEnv,
    private readonly each?: EachOptions,
  ) {
    this.secrets = [...(profile.secrets ?? []), ...hostFiles(env)];
    const { tools: image, toolsFolder: folder, sandboxShell: shell } = profile;
    this.tools = { image, folder: folder && resolve(folder), shell };
    // An output mentions others, so what is exported is the whole store after the build.
    this.wanted = (profile.outputs ?? []).length > 0 ? 'all' : 'roots';
    const { substituters = [], trustedPublicKeys = [], requireSignatures = true } = profile;
    this.caches =
      substituters.length === 0
        ? undefined
        : new BinaryCaches(
            { substituters, trustedKeys: trustedPublicKeys, requireSignatures },
            join(cacheFolder(thisHost()), 'archives'),
            opened.closure.storeDir,
            (text) => this.cacheNotes.push(text),
          );
    this.further = { [SOURCES_NAME]: opened.sourceFolders.slice(1) };
    this.directories = {
      ...(opened.closure.sources.size === 0 ? {} : { [SOURCES_NAME]: opened.sourceFolders[0] }),
      ...this.caches?.directories,
      [DEFINITIONS_NAME]: this.definitions,
      ...(this.tools.folder === undefined ? {} : { [TOOLS_NAME]: this.tools.folder }),
    };
  }

  get entitlements(): readonly string[] {
    return this.draft.entitlements;
  }

  /** The closure as it is drawn before a builder was asked. */
  private get draft(): CompiledClosure {
    return (this.drafted ??= compileClosure(this.opened.closure, {
      shell: SHELL_IMAGE,
      wanted: this.wanted,
    }));
  }

  preview(): Promise<Preview> {
    const { definition } = this.draft;
    const refusal = this.caches === undefined ? refusalOf(this.draft, this.opened) : undefined;
    return Promise.resolve({
      results: definition === undefined ? [] : [{ id: '', definition }],
      // What is in the way of building may be there to be fetched.
      ...(refusal === undefined ? {} : { refusal }),
    });
  }

  async define(context: DefineContext): Promise<DefinedBuild> {
    const { stages } = await this.stages(context);
    const compiled = await stages.compile();
    this.compiled = compiled;
    const { definition, groups } = compiled;
    const refused = refusalOf(compiled, this.opened);
    if (refused === undefined) await stages.buildEach(definition);
    if (definition === undefined || refused !== undefined) {
      throw new BuildFailure(refused ?? 'There is nothing to build in this derivation.');
    }
    await this.memory.tidy();
    const notes = [
      ...this.takeNotes(),
      ...compiled.problems.map((problem) =>
        problem.severity === 'error'
          ? placedProblem(problem, this.opened)
          : `${basename(textOf(problem.drv))}: ${problem.message}`,
      ),
    ];
    const ref = this.each === undefined ? await this.nested(definition, context) : undefined;
    const result = { id: '', definition, ...(ref === undefined ? {} : { ref, nested: true }) };
    return { results: [result], metadata: new Map(), groups, notes };
  }

  async explain(error: BuildkitError, build: FailedBuild): Promise<string> {
    const download = await failedDownload(build, this.soFar(), { error });
    // Whoever asks shows the log beside it.
    return explainDerivation(error, build, 0, download);
  }

  /** The result of a large definition, not yet built. */
  protected async nested(
    definition: Definition,
    { gateway, signal }: DefineContext,
    where: (request: ops.Definition) => boolean = isWorthNesting,
  ): Promise<string | undefined> {
    const [root] = definition.ops.at(-1)?.op.inputs ?? [];
    if (root === undefined) return undefined;
    const request = sliceRequest(definition, root.digest, root.index);
    const large = { by: 'folder', folder: this.definitions } as const;
    const isNested = where(request);
    this.lastRequest = isNested ? asOneStep(request) : request;
    return isNested ? solveNested(gateway, request, large, signal, this.lastRequest) : undefined;
  }

  /** The stages of this closure on a builder, and the platform that it builds for first. */
  protected async stages({
    gateway,
    info,
    signal,
  }: DefineContext): Promise<{ readonly stages: StagedBuild; readonly platform: Platform }> {
    const platforms = info.workers.flatMap((worker) => worker.platforms.map(platformFromPb));
    const own = platforms[0] ?? { os: 'linux', architecture: 'amd64' };
    const shell = await this.shell(own, gatewayResolver(gateway));
    const substitution = await this.substitution(signal);
    const stages = new StagedBuild({
      closure: this.opened.closure,
      compile: {
        shell,
        platforms,
        wanted: this.wanted,
        impureVariables: variables(this.env),
        canMerge: info.llbCaps.has('mergeop'),
        ...(substitution === undefined ? {} : { substitution }),
      },
      gateway,
      ...(this.each === undefined ? {} : { each: this.each }),
      knowledge: this.knowledge,
      memory: this.memory,
      load: async (path, bytes) => {
        const closure = await loadMade(this.opened, path, bytes);
        for (const { path: at, derivation } of closure.derivations.values()) {
          if (derivation !== undefined) this.made.set(at, derivation);
        }
        return closure;
      },
      definitions: { by: 'folder', folder: this.definitions },
      signal,
    });
    this.lastStages = stages;
    return { stages, platform: own };
  }

  /** What is to be said of the tools and the caches, once. */
  protected takeNotes(): string[] {
    return [...this.toolsNotes.splice(0), ...this.cacheNotes.splice(0)];
  }

  /** What of this is asked for. */
  protected wants(): NonNullable<Parameters<typeof planSubstitution>[2]> {
    return {};
  }

  private async substitution(signal: AbortSignal): Promise<Substitution | undefined> {
    const { caches, broken, answers } = this;
    if (caches === undefined) return undefined;
    const lookup = async (path: ByteString): Promise<Substitute | undefined> => {
      if (broken.has(path)) return undefined;
      const asking = answers.get(path) ?? caches.lookup(path, signal);
      answers.set(path, asking);
      return asking;
    };
    return planSubstitution(this.opened.closure, lookup, this.wants());
  }

  /** The outputs of the last definition, and the derivations of the closure. */
  built(): {
    readonly outputs: readonly CompiledOutput[];
    readonly derivationAt: (drv: ByteString) => Derivation | undefined;
  } {
    const { derivations } = this.opened.closure;
    return {
      outputs: this.compiled?.outputs ?? [],
      derivationAt: (drv) => derivations.get(drv)?.derivation ?? this.made.get(drv),
    };
  }

  /** What the last definition was asked for by, where one message holds it, and its tools image. */
  asked(): { readonly request: ops.Definition; readonly tools: ToolsImage } | undefined {
    const { lastRequest: request, lastTools: tools } = this;
    return request === undefined || tools === undefined ? undefined : { request, tools };
  }

  /** How large outputs are, so that a graph tells where the space goes. */
  measure(): ReturnType<StagedBuild['sizes']> {
    return this.lastStages?.sizes() ?? Promise.resolve(new Map());
  }

  /** All ops that the builder may have been asked for, also where it failed on the way. */
  soFar(): Definition | undefined {
    return this.lastStages?.soFar;
  }

  /** Whether the build can go on after this error when it is defined again. */
  recover(error: unknown): boolean {
    if (this.doWithout(error)) return true;
    const before = this.knowledge.links.size;
    const isLink = learnLink(error, this.opened.closure, this.knowledge);
    // What was remembered and not verified yet is asked for anew.
    if (isLink) this.knowledge.forgetReports();
    return isLink && this.knowledge.links.size > before;
  }

  /** What cannot be fetched after all is built. */
  private doWithout(error: unknown): boolean {
    if (!(error instanceof BuildkitError) || error.details.vertex === undefined) return false;
    const { vertex } = error.details;
    const [, path] =
      [...(this.lastStages?.substitutes ?? [])].find(([digest]) => digest === vertex) ?? [];
    if (path === undefined || this.broken.has(path)) return false;
    this.broken.add(path);
    this.cacheNotes.push(`${textOf(path)} cannot be fetched, so it is built: ${error.message}`);
    return true;
  }

  pathOfSource(filename: string): string | undefined {
    if (filename === basename(this.path)) return this.path;
    return join(dirname(this.path), basename(filename));
  }

  outline(): undefined {
    return undefined;
  }

  contextAt(): Promise<undefined> {
    // Every step that is of interest is a command itself; the rest is the sandbox around it.
    return Promise.resolve(undefined);
  }

  expand(word: string, variables: ReadonlyMap<string, string>): string {
    return expandVariables(word, variables);
  }

  assign(): Assignment {
    return {
      kind: 'refused',
      message: 'A derivation holds all its variables itself; change the expression it comes from.',
    };
  }

  arguments(): Promise<readonly BuildArgument[]> {
    return Promise.resolve([]);
  }

  private async shell(
    platform: Platform,
    resolver: ReturnType<typeof gatewayResolver>,
  ): Promise<ShellImage | ToolsFolder> {
    const { image, folder, shell } = this.tools;
    if (folder !== undefined) {
      const files = (await readdir(folder)).filter((name) => name === 'busybox' || name === 'sh');
      if (files.includes('busybox')) return { files: files.sort() };
      throw new BuildFailure(`The folder of tools has no busybox: ${folder}.`);
    }
    const { note, ...tools } = await toolsImage(image, this.env, resolver, platform);
    this.lastTools = tools;
    if (note !== undefined) this.toolsNotes.splice(0, 1, note);
    return { ...tools, ...(shell === undefined ? {} : { shell }) };
  }
}

/** The environment as a record of texts. */
function variables(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) set[name] = value;
  return set;
}

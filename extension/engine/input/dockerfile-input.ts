/**
 * A Dockerfile as build input. BuildKit's own frontend is the authority for what is built; our
 * compiler shows the steps before that, and is compared with it.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CompileOptions } from '../../../language-server/dockerfile/compile/options';
import type { CompileResult } from '../../../language-server/dockerfile/compile/result';
import { parse } from '../../../language-server/dockerfile/parser/parse';
import { environmentOf } from '../../../language-server/dockerfile/words/environment';
import { expandWord } from '../../../language-server/dockerfile/words/lexer';
import type { ImageResolver } from '../../../language-server/dockerfile/compile/image-resolver';
import type { SyntaxTree } from '../../../language-server/dockerfile/parser/syntax-tree';
import type { Gateway } from '../../../proto/client/gateway';
import type * as ops from '../../../proto/generated/ops';
import type {
  Assignment,
  BuildArgument,
  BuildInput,
  BuildResult,
  DefineContext,
  DefinedBuild,
  Outline,
  Preview,
  StatementContext,
} from './build-input';
import { lackingCapabilities } from '../job/capabilities';
import { compareDefinitions } from './compare-definitions';
import { compileOptions } from './compile-options';
import { dockerfileSections } from './dockerfile-outline';
import { assignVariable } from './dockerfile-variables';
import { frontendRequest } from './frontend-attributes';
import { findRelease, FrontendReleases, type FrontendRelease } from './frontend-release';
import { isRecord } from '../profile/decode';
import { resultsOf } from '../job/gateway-result';
import { linkedTargets, type LinkedTargets } from './linked-targets';
import { textDefinition } from './text-definition';
import type { ResolvedProfile } from '../profile/profile';

type DockerfileSource = Extract<ResolvedProfile['source'], { kind: 'dockerfile' }>;

/**
 * Reads the file, unless `unsaved` text is given in its place.
 * @throws ProfileError, or the file system's error when the file cannot be read
 */
export async function dockerfileInput(
  profile: ResolvedProfile,
  source: DockerfileSource,
  unsaved?: string,
): Promise<BuildInput> {
  const text = unsaved === undefined ? await readFile(source.file) : Buffer.from(unsaved, 'utf8');
  const linked = await linkedTargets(profile, source.file);
  return new DockerfileInput(profile, source, text, unsaved !== undefined, linked);
}

class DockerfileInput implements BuildInput {
  readonly kind = 'dockerfile';
  readonly path: string;
  readonly directories: Readonly<Record<string, string>>;
  readonly lent: LinkedTargets['lent'];
  readonly secrets: BuildInput['secrets'];
  readonly entitlements: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  private parsed: SyntaxTree | undefined;
  /** The daemon's, once it was asked for the definition; before, images are guessed. */
  private gateway: Gateway | undefined;
  private resolver: ImageResolver | undefined;
  private options: CompileOptions | undefined;
  private readonly releases = new FrontendReleases();
  /** By the line up to which the text was followed. */
  private readonly contexts = new Map<number, Promise<StatementContext | undefined>>();

  constructor(
    private readonly profile: ResolvedProfile,
    private readonly source: DockerfileSource,
    readonly text: Uint8Array,
    private readonly unsaved: boolean,
    private readonly linked: LinkedTargets,
  ) {
    this.path = source.file;
    this.secrets = [...(profile.secrets ?? []), ...linked.secrets];
    this.entitlements = profile.networkMode === 'host' ? ['network.host'] : [];
    const request = frontendRequest(profile, source);
    this.attributes = request.attributes;
    this.directories = request.directories;
    this.lent = linked.lent;
  }

  /** A build that nobody looks at does not ask for it. */
  private get tree(): SyntaxTree {
    return (this.parsed ??= parse(this.text));
  }

  refusal(): string | undefined {
    return this.unknownTarget();
  }

  async preview(): Promise<Preview> {
    const refusal = this.unknownTarget();
    const result = await this.compiled(await this.ownOptions());
    return {
      results:
        result.results.length === 0 && result.partial !== undefined
          ? [result.partial]
          : result.results,
      ...(refusal === undefined ? {} : { refusal }),
    };
  }

  async define(context: DefineContext): Promise<DefinedBuild> {
    // Our own compilation goes on beside BuildKit's, since each of them waits for images. It knows
    // nothing of other builds.
    const own =
      context.compared === true && this.linked.isEmpty
        ? this.ownOptions().then((known) => this.compiledAs(context, known.frontendRelease))
        : undefined;
    own?.catch(() => undefined);
    const attributes = { ...this.attributes, ...context.attributes };
    const request = await this.linked.define(attributes, context);
    const result = await context.gateway.solve(
      {
        frontend: 'dockerfile.v0',
        frontendOpt: new Map(Object.entries(request.attributes)),
        frontendInputs: new Map([...(await this.inputs()), ...request.inputs]),
      },
      { signal: context.signal },
    );
    const results = resultsOf(result);
    this.gateway = context.gateway;
    this.resolver = undefined;
    this.contexts.clear();
    const notes = own === undefined ? [] : await this.compare(results, context, await own);
    return { results, metadata: result.metadata, notes };
  }

  pathOfSource(filename: string): string | undefined {
    return filename === basename(this.path) ? this.path : this.linked.files.get(filename);
  }

  outline(): Outline | undefined {
    const { target, buildArgs = {} } = this.profile;
    return { path: this.path, sections: dockerfileSections(this.tree, target, buildArgs) };
  }

  contextAt(line: number): Promise<StatementContext | undefined> {
    const known = this.contexts.get(line);
    if (known !== undefined) return known;
    const context = this.compiledContext(line);
    this.contexts.set(line, context);
    return context;
  }

  expand(word: string, variables: ReadonlyMap<string, string>): string {
    const { escape } = this.tree;
    return expandWord(word, environmentOf([...variables]), { escape }).result;
  }

  assign(name: string, value: string, line: number): Assignment {
    return assignVariable(this.tree, name, value, line);
  }

  async arguments(): Promise<readonly BuildArgument[]> {
    const { outline } = await compiler();
    const found = await outline(this.tree, await this.ownOptions(), await this.images());
    if (!('outline' in found)) return [];
    return found.outline.args.map(({ name, value }) => ({
      name,
      ...(value === undefined ? {} : { value }),
    }));
  }

  /** Unsaved text goes as a definition that makes the file, so nothing has to be written to disk. */
  private async inputs(): Promise<ReadonlyMap<string, ops.Definition>> {
    if (!this.unsaved) return new Map();
    const name = basename(this.path);
    const files = new Map<string, Uint8Array>([[name, this.text]]);
    const ignore = `${name}.dockerignore`;
    const found = await readIfThere(`${this.path}.dockerignore`);
    if (found !== undefined) files.set(ignore, found);
    return new Map([['dockerfile', textDefinition(files)]]);
  }

  /** Compiles the text up to the line with one more RUN, and takes what that RUN would get. */
  private async compiledContext(line: number): Promise<StatementContext | undefined> {
    const begun = this.tree.instructions.some(
      ({ name, lines }) => name === 'from' && lines.first <= line,
    );
    if (!begun) return undefined;
    const lines = this.tree.text.split('\n');
    const marker = 'llb-lens-context-at';
    const cut = `${lines.slice(0, line).join('\n')}\nRUN ${marker}\n`;
    // The new RUN is in the last stage, whatever the build's target is.
    const options = await compileOptions({ ...this.profile, target: '' }, this.source);
    const { compile } = await compiler();
    const { results } = await compile(parse(cut), options, await this.images());
    for (const { definition, imageConfigBytes } of results) {
      for (const { op } of definition.ops.toReversed()) {
        if (op.op.kind === 'exec' && op.op.meta.args.at(-1) === marker) {
          const config: unknown = JSON.parse(Buffer.from(imageConfigBytes).toString('utf8'));
          return { command: op.op, config: isRecord(config) ? config['config'] : undefined };
        }
      }
    }
    return undefined;
  }

  private async ownOptions(): Promise<CompileOptions> {
    this.options ??= {
      ...(await compileOptions(this.profile, this.source)),
      frontendRelease: await this.releases.get(this.profile.builder ?? ''),
    };
    return this.options;
  }

  private async compiled(options: CompileOptions, images?: ImageResolver): Promise<CompileResult> {
    const { compile } = await compiler();
    return compile(this.tree, options, images ?? (await this.images()));
  }

  private async images(): Promise<ImageResolver> {
    const { gateway } = this;
    return (this.resolver ??=
      gateway === undefined ? (await compiler()).offlineResolver() : await resolverOf(gateway));
  }

  private async compare(
    results: readonly BuildResult[],
    context: DefineContext,
    /** Compiled as by the release that is known. */
    first: CompileResult,
  ): Promise<readonly string[]> {
    const options = await this.ownOptions();
    const known = options.frontendRelease;
    const theirs = results.map((one) => one.definition);
    const differences = async (release: FrontendRelease) => {
      const own = release === known ? first : await this.compiledAs(context, release);
      // A frontend image is free to differ, and what we do not support is no difference.
      if (own.forward !== undefined || own.unsupported.length > 0) return [];
      const definitions = own.results.map((one) => one.definition);
      return compareDefinitions(theirs, definitions, own.error?.message);
    };
    const { builder = '' } = this.profile;
    const { release, notes } = await findRelease(known, differences);
    if (release !== known && notes.length === 0) {
      await this.releases.set(builder, release);
      this.options = { ...options, frontendRelease: release };
    }
    return notes;
  }

  /** As a builder with some release of the frontend compiles it. */
  private async compiledAs(
    { gateway, sessionId, info, attributes }: DefineContext,
    frontendRelease: FrontendRelease,
  ): Promise<CompileResult> {
    return this.compiled(
      {
        ...(await this.ownOptions()),
        frontendRelease,
        session: sessionId,
        disableCaps: lackingCapabilities(info.llbCaps),
        ...askedOfBuilder({ ...this.attributes, ...attributes }),
      },
      await resolverOf(gateway),
    );
  }

  /** A frontend of the file's own choice may know targets that we do not see. */
  private unknownTarget(): string | undefined {
    const { target } = this.profile;
    if (target === undefined || target === '') return undefined;
    if (this.tree.directives.some((one) => one.name === 'syntax')) return undefined;
    if (this.tree.problems.length > 0) return undefined;
    const stages = this.tree.instructions.filter((one) => one.name === 'from');
    const names = stages.flatMap((one) => stageName(one.args) ?? []);
    const known = names.some((name) => name.toLowerCase() === target.toLowerCase());
    if (known || (/^\d+$/.test(target) && Number(target) < stages.length)) return undefined;
    const choice =
      names.length === 0
        ? 'this file names no stages, so leave "target" out'
        : `set "target" to one of: ${names.join(', ')}`;
    return `There is no stage "${target}" in ${basename(this.path)}; ${choice}.`;
  }
}

/** What the builder is asked for and the profile leaves to it: how to resolve images, whose address. */
function askedOfBuilder({
  'image-resolve-mode': mode,
  'add-hosts': hosts,
}: Readonly<Record<string, string>>): Pick<CompileOptions, 'imageResolveMode' | 'extraHosts'> {
  return {
    ...(mode === 'pull' || mode === 'local' ? { imageResolveMode: mode } : {}),
    ...(hosts === undefined ? {} : { extraHosts: hosts.split(',') }),
  };
}

/** Loaded where it is needed: a plain build leaves it to BuildKit, and starts sooner for it. */
const compiler = () => import('../../../language-server/dockerfile/index');

/** Loaded with the compiler: it also asks servers for what builders cannot tell. */
async function resolverOf(gateway: Gateway): Promise<ImageResolver> {
  const { gatewayResolver } = await import('../job/gateway-resolver');
  return gatewayResolver(gateway);
}

/** `FROM image AS name` */
function stageName(args: readonly string[]): string | undefined {
  return args.length === 3 && args[1]?.toLowerCase() === 'as' ? args[2] : undefined;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

/**
 * The compiler's entry: a syntax tree and options in, definitions, warnings and errors out.
 *
 * One call goes the way of BuildKit's frontend: options, context, lint configuration, syntax,
 * instructions, then a conversion for each platform. What fails is reported as BuildKit would; the
 * functions here reject only for defects of their own.
 */
import { fieldOrder, hasFeature } from './frontend-features';
import type { Digest } from '../../../proto/model/digest';
import type { Platform } from '../../../proto/model/op';
import {
  typeInstructions,
  type InstructionProblem,
  type TypedDockerfile,
} from '../instructions/dockerfile';
import { Linter, parseLintConfig, type LintConfig } from '../lint/linter';
import { rules } from '../lint/rules';
import { lintWholeFile } from '../lint/whole-file';
import { marshalGraph, type MarshalledGraph, type MarshalOptions } from '../llb/marshal-graph';
import type { Origins } from '../llb/origin-table';
import { defaultPlatform, formatPlatformAll, normalizePlatform } from '../names/platform';
import { offlineResolver } from '../resolvers/offline-resolver';
import { detectCheck, detectSyntax } from '../parser/directives';
import type { SyntaxTree } from '../parser/syntax-tree';
import { asRunes } from '../text/bytes';
import { cut, trimSpace } from '../text/go';
import { checkScanner } from './attestations';
import { frontendAttributes } from './attributes';
import { readConfig, type Config } from './config';
import type { Converted } from './conversion';
import { convert } from './convert';
import { asFailure, because, BuildFailure } from './failure';
import { Failures } from './failures';
import { checkTimes, imageConfigBytes, type ImageConfig } from './image-config';
import { ImageLookup } from './image-lookup';
import type { ImageResolver } from './image-resolver';
import { dockerfileInfo, mainContext, type MainContext } from './main-context';
import { CompileMemo } from './memo';
import type { CompileOptions } from './options';
import { outlineOf } from './outline';
import type {
  BuildError,
  CompileResult,
  OpOrigin,
  Outline,
  PlatformResult,
  Target,
  Unsupported,
} from './result';

export type LintResult = {
  readonly warnings: CompileResult['warnings'];
  readonly error?: BuildError;
  /** As in {@link CompileResult}. */
  readonly laterErrors?: readonly BuildError[];
};

/** What all requests begin with. */
type Session = {
  readonly tree: SyntaxTree;
  readonly config: Config;
  readonly context: MainContext;
  readonly images: ImageLookup;
  readonly memo: CompileMemo;
  readonly failures: Failures;
};

const syntaxArgument = 'build-arg:BUILDKIT_SYNTAX';

/** @throws BuildFailure for options that BuildKit refuses, and for a frontend out of reach. */
function openSession(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo = new CompileMemo(),
): Session {
  const config = readConfig(options, frontendAttributes(options));
  const context = mainContext(config);
  const forward = forwardOf(tree, config);
  checkFrontendCaps(config, forward !== undefined);
  if (forward !== undefined && options.forwardError !== undefined) {
    throw ofForwarded(config.attributes, new BuildFailure(options.forwardError));
  }
  const failures = new Failures(options.partial === true);
  return { tree, config, context, images: new ImageLookup(resolver), memo, failures };
}

/** A failure without a place in the text names the build argument that asked for the frontend. */
function ofForwarded(attributes: Config['attributes'], error: unknown): BuildFailure {
  const argument = attributes.has('cmdline') ? undefined : attributes.get(syntaxArgument);
  return argument === undefined
    ? asFailure(error)
    : because(`failed with ${syntaxArgument} = ${argument}`, error);
}

const frontendCaps = new Set(
  ['inputs', 'subrequests', 'contexts', 'gitquerystring'].map(
    (name) => `moby.buildkit.frontend.${name}`,
  ),
);

/** A capability marked `+forward` may be left to the frontend that the file asks for. */
function checkFrontendCaps({ attributes }: Config, forwards: boolean): void {
  for (const wanted of (attributes.get('frontend.caps') ?? '').split(',')) {
    const [name] = cut(wanted, '+');
    if (name === '' || frontendCaps.has(name)) continue;
    if (wanted.includes('+forward') && forwards) continue;
    throw new BuildFailure(`unsupported frontend capability ${name}`);
  }
}

/** The frontend image that the file or a build argument asks for. */
function forwardOf(tree: SyntaxTree, config: Config): CompileResult['forward'] {
  // A frontend that was itself forwarded to does not forward again.
  if (config.attributes.has('cmdline')) return undefined;
  const argument = config.attributes.get(syntaxArgument);
  if (argument !== undefined) {
    return { ref: cut(trimSpace(argument), ' ')[0], cmdline: argument };
  }
  const directive = detectSyntax(tree.text);
  return directive && { ref: directive.ref, cmdline: directive.value };
}

/** @throws BuildFailure */
function lintConfig(session: Session): LintConfig {
  const release = session.config.options.frontendRelease;
  const config = session.failures.attempt(() => fileLintConfig(session), parseLintConfig(''));
  return hasFeature(release, 'instructionChecks') ? config : { ...config, fileOnly: true };
}

/** @throws BuildFailure */
function fileLintConfig({ tree, config }: Session): LintConfig {
  if (config.lint !== undefined) return config.lint;
  try {
    // BuildKit reads the directive up to the first space.
    return parseLintConfig(detectCheck(tree.text)?.ref ?? '');
  } catch (error) {
    throw because('failed to parse check options', error);
  }
}

const newFlags = [
  ['copy', 'parents', 'parentsFlag'],
  ['run', 'security', 'securityFlag'],
] as const;

/** Flags that an older frontend does not know. */
function unknownFlags(
  { stages }: TypedDockerfile,
  release: string | undefined,
): InstructionProblem[] {
  if (release === undefined) return [];
  return newFlags
    .filter(([, , feature]) => !hasFeature(release, feature))
    .flatMap(([type, flag]) =>
      stages
        .flatMap(({ commands }) => commands)
        .filter(({ node }) => node.name === type && node.flags.some(({ name }) => name === flag))
        .map(({ node }) => ({
          message: `dockerfile parse error on line ${node.lines.first}: unknown flag: --${flag}`,
          node,
        })),
    );
}

/** In the order of the text. */
function problemsOf(
  typed: ReturnType<typeof typeInstructions>,
  release: string | undefined,
): InstructionProblem[] {
  return [...typed.problems, ...unknownFlags(typed, release)].sort(
    (a, b) => a.node.lines.first - b.node.lines.first,
  );
}

/** @throws BuildFailure for the first thing that BuildKit's parsers reject. */
function readDockerfile(
  { tree, config, failures }: Session,
  linter: Linter | undefined,
): TypedDockerfile {
  if (tree.text === '') throw new BuildFailure('the Dockerfile cannot be empty');
  for (const problem of tree.problems) {
    failures.meet(new BuildFailure(problem.message, [problem.lines], problem.span));
  }
  const rule = rules.noEmptyContinuation;
  for (const { line, blanks } of tree.emptyContinuations) {
    const lines = { first: line, last: line };
    linter?.report(rule, rule.detail(), { lines, spans: blanks });
  }
  const typed = typeInstructions(tree, linter, failures.recovers);
  for (const { message, node } of problemsOf(typed, config.options.frontendRelease)) {
    failures.meet(new BuildFailure(message, [node.lines], node.span));
  }
  if (typed.stages.length === 0) throw new BuildFailure('dockerfile contains no stages to build');
  return typed;
}

/**
 * Compiles a Dockerfile for all platforms that the options ask for.
 * @param memo what was kept of earlier versions of the file; one compile at a time may use it
 */
export async function compile(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo = new CompileMemo(),
): Promise<CompileResult> {
  return memo.inTurn(async () => {
    const result = await compileWhole(tree, options, resolver, memo);
    const asked = sshHosts(result).filter((host) => options.sshHostKeys?.[host] === undefined);
    const { sources } = resolver;
    if (asked.length === 0 || sources === undefined) return result;
    const keys = await Promise.all(asked.map((host) => sources.hostKey(host)));
    const found = asked.map((host, index) => [host, keys[index] ?? ''] as const);
    const sshHostKeys = { ...options.sshHostKeys, ...Object.fromEntries(found) };
    return compileWhole(tree, { ...options, sshHostKeys }, resolver, memo);
  });
}

/** The servers whose host keys BuildKit writes into the ops of a build. */
function sshHosts({ results, partial }: CompileResult): string[] {
  const all = [...results, ...(partial === undefined ? [] : [partial])];
  return [...new Set(all.flatMap(({ definition }) => sshSources(definition).map(hostOf)))];
}

function sshSources({ ops }: PlatformResult['definition']): string[] {
  const found: string[] = [];
  for (const { op } of ops) {
    const { op: source } = op;
    if (source.kind !== 'source') continue;
    if (source.attrs['git.mountsshsock'] !== undefined) found.push(source.identifier);
  }
  return found;
}

/** Of `git://host/path`. */
function hostOf(identifier: string): string {
  return cut(identifier.slice('git://'.length), '/')[0];
}

async function compileWhole(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo: CompileMemo,
): Promise<CompileResult> {
  let linter: Linter | undefined;
  let failures: Failures | undefined;
  const unsupported: Unsupported[] = [];
  const results: PlatformResult[] = [];
  let forward: CompileResult['forward'];
  let attributes: Config['attributes'] = new Map();
  try {
    const session = openSession(tree, options, resolver, memo);
    ({ failures } = session);
    ({ attributes } = session.config);
    forward = forwardOf(tree, session.config);
    const { config } = session;
    if (config.sbomScanner !== undefined) {
      const [platform] = config.buildPlatforms;
      const { sbomScanner: scanner, imageResolveMode } = config;
      await checkScanner(session.images, { scanner, platform, imageResolveMode });
    }
    const configuration = lintConfig(session);
    linter = Linter.collecting(configuration);
    const targets = config.targetPlatforms.length > 0 ? config.targetPlatforms : [undefined];
    for (const [index, target] of targets.entries()) {
      // Only the first platform's warnings are shown.
      const own = index === 0 ? linter : Linter.silent(configuration);
      const converted = await request(session, own, target, false);
      const result = platformResult(session, converted, target);
      unsupported.push(...converted.unsupported, ...unknownSshHosts(result, options));
      // A platform that is asked for twice has one result.
      if (results.every(({ id }) => id !== result.id)) results.push(result);
      if (failures.found.length > 0) break;
    }
    failures.end();
    return { results, warnings: linter.warnings, unsupported, ...(forward && { forward }) };
  } catch (error) {
    const [partial] = results;
    return {
      results: [],
      warnings: linter?.warnings ?? [],
      ...errorsOf(
        asFailure(error).locations.length > 0 ? error : ofForwarded(attributes, error),
        failures,
      ),
      unsupported,
      ...(partial && { partial }),
      ...(forward && { forward }),
    };
  }
}

/** The error that BuildKit reports, and those that recovery has met after it. */
function errorsOf(
  error: unknown,
  failures: Failures | undefined,
): { readonly error: BuildError; readonly laterErrors?: readonly BuildError[] } {
  // What ends a recovery early mostly follows from what it has met before.
  const [first = asFailure(error), ...later] = failures?.found ?? [];
  if (later.length === 0) return { error: first.toBuildError() };
  return {
    error: first.toBuildError(),
    laterErrors: later.map((failure) => failure.toBuildError()),
  };
}

/**
 * The lint request: all stages unless a target is given, always for the build platform.
 * @param memo as for {@link compile}; the two may share it
 */
export async function lint(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo = new CompileMemo(),
): Promise<LintResult> {
  return memo.inTurn(async () => (await lintWhole(tree, options, resolver, memo)).result);
}

type Linted = {
  readonly result: LintResult;
  readonly made?: { readonly session: Session; readonly converted: Converted };
};

async function lintWhole(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo: CompileMemo,
): Promise<Linted> {
  let linter: Linter | undefined;
  let failures: Failures | undefined;
  try {
    const session = openSession(tree, options, resolver, memo);
    ({ failures } = session);
    linter = Linter.collecting(lintConfig(session));
    const converted = await request(session, linter, undefined, session.config.target === '');
    failures.end();
    return { result: { warnings: linter.warnings }, made: { session, converted } };
  } catch (error) {
    return { result: { warnings: linter?.warnings ?? [], ...errorsOf(error, failures) } };
  }
}

/**
 * {@link lint} and {@link compile}, for who asks for both: where a build needs all that lint looks
 * at, which is nearly always, one conversion serves them both.
 */
export async function lintAndCompile(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo = new CompileMemo(),
): Promise<{ readonly linted: LintResult; readonly compiled: CompileResult }> {
  const { result: linted, compiled } = await memo.inTurn(async () => {
    const { result, made } = await lintWhole(tree, options, resolver, memo);
    return { result, compiled: made && buildOf(made, result) };
  });
  return { linted, compiled: compiled ?? (await compile(tree, options, resolver, memo)) };
}

/** The build that a lint has made on its way; undefined where the build might be another one. */
function buildOf(
  { session, converted }: NonNullable<Linted['made']>,
  { warnings }: LintResult,
): CompileResult | undefined {
  const { config, tree } = session;
  if (!converted.isWholeFile || config.target !== '') return undefined;
  if (config.targetPlatforms.length > 0 || config.sbomScanner !== undefined) return undefined;
  let result: PlatformResult;
  try {
    result = platformResult(session, converted, undefined);
  } catch {
    return undefined; // The compile says so.
  }
  if (sshSources(result.definition).length > 0) return undefined;
  const forward = forwardOf(tree, config);
  const { unsupported } = converted;
  return { results: [result], warnings, unsupported, ...(forward && { forward }) };
}

/** The outline request: what the target uses, for the build platform. */
export async function outline(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
): Promise<{ readonly outline: Outline } | { readonly error: BuildError }> {
  let attributes: Config['attributes'] = new Map();
  try {
    const session = openSession(tree, options, resolver);
    ({ attributes } = session.config);
    const linter = Linter.collecting(lintConfig(session));
    const { target } = await request(session, linter, undefined, false);
    return { outline: outlineOf(target) };
  } catch (error) {
    return { error: ofForwarded(attributes, error).toBuildError() };
  }
}

/** What can be built from a file; the options matter only where BuildKit refuses them. */
export function targets(
  tree: SyntaxTree,
  options: CompileOptions = {},
): { readonly targets: readonly Target[] } | { readonly error: BuildError } {
  let attributes: Config['attributes'] = new Map();
  try {
    ({ attributes } = openSession(tree, options, offlineResolver()).config);
    const { stages } = readTargets(tree, options.frontendRelease);
    return {
      targets: stages.map(({ from }, index) => ({
        name: from.name,
        description: asRunes(from.description),
        base: asRunes(from.base),
        platform: asRunes(from.platform),
        default: index === stages.length - 1,
        lines: from.lines,
      })),
    };
  } catch (error) {
    return { error: ofForwarded(attributes, error).toBuildError() };
  }
}

/** A file without stages has no targets, but that is no error here. */
function readTargets(tree: SyntaxTree, release: string | undefined): TypedDockerfile {
  const [problem] = tree.problems;
  if (problem !== undefined) throw new BuildFailure(problem.message, [problem.lines], problem.span);
  const typed = typeInstructions(tree, undefined);
  const [bad] = problemsOf(typed, release);
  if (bad !== undefined) throw new BuildFailure(bad.message, [bad.node.lines], bad.node.span);
  return typed;
}

/** @throws BuildFailure */
async function request(
  session: Session,
  linter: Linter,
  target: Platform | undefined,
  allStages: boolean,
): Promise<Converted> {
  const dockerfile = readDockerfile(session, linter);
  lintWholeFile(dockerfile, linter);
  return convert({ ...session, dockerfile, linter, target, allStages });
}

function platformResult(
  { tree, context, config }: Session,
  { target, targetPlatform, memo }: Converted,
  requested: Platform | undefined,
): PlatformResult {
  const linesOf = linesIn(tree, memo.marshalled.layout);
  let graph: MarshalledGraph;
  try {
    graph = marshalGraph(target.state.output, {
      platform: targetPlatform,
      supports: config.supports,
      order: fieldOrder(config.options.frontendRelease),
      source: () => dockerfileInfo(context, tree.text),
      linesOf,
      layout: tree.layout,
      memo: memo.marshalled,
    });
  } catch (error) {
    throw because('failed to marshal LLB definition', error);
  }
  const image = { ...target.image, history: target.history };
  checkImage(image);
  let origins: PlatformResult['origins'] | undefined;
  let imageConfig: Uint8Array | undefined;
  // Without a request BuildKit names the result by the platform that it runs on itself.
  const named = normalizePlatform(requested ?? defaultPlatform);
  return {
    id: config.multiPlatform ? formatPlatformAll(named) : '',
    platform: normalizePlatform(targetPlatform),
    definition: graph.definition,
    // Worked out when they are asked for: an editor asks for neither after each keystroke.
    get origins() {
      return (origins ??= originsOf(tree, graph.origins));
    },
    stages: graph.origins,
    get imageConfigBytes() {
      return (imageConfig ??= imageConfigBytes(image));
    },
    ...(target.baseImage && { baseImageConfigBytes: imageConfigBytes(target.baseImage) }),
    ...(target.epoch !== undefined && { epoch: target.epoch }),
  };
}

/**
 * Where instructions stand.
 * @param known the layout whose places are known already: only a few more are asked for then
 */
function linesIn(
  { instructions, layout }: SyntaxTree,
  known: object | undefined,
): NonNullable<MarshalOptions['linesOf']> {
  if (known === layout) {
    return (wanted) => instructions.find(({ content }) => content === wanted)?.lines;
  }
  const places = new Map(instructions.map((node) => [node.content, node]));
  return (wanted) => places.get(wanted)?.lines;
}

/** @throws BuildFailure for a time that JSON cannot hold. */
function checkImage(image: ImageConfig): void {
  try {
    checkTimes(image);
  } catch (error) {
    throw because('failed to marshal image config', error);
  }
}

/** SSH servers that nobody has asked for their host keys. */
function unknownSshHosts(
  { definition }: PlatformResult,
  { sshHostKeys }: CompileOptions,
): Unsupported[] {
  return sshSources(definition)
    .filter((identifier) => sshHostKeys?.[hostOf(identifier)] === undefined)
    .map((identifier) => ({
      feature: 'git over SSH',
      message: `BuildKit adds the host keys of ${identifier} to its digest; they are not known here.`,
    }));
}

function originsOf(tree: SyntaxTree, origins: Origins): ReadonlyMap<Digest, OpOrigin> {
  const places = new Map(tree.instructions.map(({ content }, index) => [content, index]));
  return new Map(
    [...origins].map(([digest, { stage, instruction: content, uncertain }]) => {
      const instruction = content && places.get(content);
      const node = instruction === undefined ? undefined : tree.instructions[instruction];
      return [
        digest,
        {
          ...(stage && { group: stage }),
          ...(instruction !== undefined && node && { instruction, span: node.span }),
          uncertain: uncertain ?? false,
        },
      ];
    }),
  );
}

/**
 * The compiler's entry: a syntax tree and options in, definitions, warnings and errors out.
 *
 * One call goes the way of BuildKit's frontend: options, context, lint configuration, syntax,
 * instructions, then a conversion for each platform. What fails is reported as BuildKit would; the
 * functions here reject only for defects of their own.
 */
import { Linter } from '../lint/linter';
import type { SyntaxTree } from '../parser/syntax-tree';
import { checkScanner } from './attestations';
import type { Config } from './config';
import type { Converted } from './conversion';
import { asFailure } from './failure';
import type { Failures } from './failures';
import type { ImageResolver } from './image-resolver';
import { frontendRequests } from './frontend-requests';
import { CompileMemo } from './memo';
import type { CompileOptions } from './options';
import { platformResult } from './platform-result';
import {
  convertRequest,
  forwardOf,
  lintConfig,
  ofForwarded,
  openSession,
  type Session,
} from './request';
import type { BuildError, CompileResult, PlatformResult, Unsupported } from './result';
import { sshHosts, sshSources, unknownSshHosts } from './ssh-hosts';

export type LintResult = {
  readonly warnings: CompileResult['warnings'];
  readonly error?: BuildError;
  /** As in {@link CompileResult}. */
  readonly laterErrors?: readonly BuildError[];
};

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
  let opened: Session | undefined;
  let attributes: Config['attributes'] = new Map();
  try {
    const session = openSession(tree, options, resolver, memo);
    ({ failures } = session);
    opened = session;
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
      const converted = await convertRequest(session, own, target, false);
      const result = platformResult(session, converted, target);
      unsupported.push(...converted.unsupported, ...unknownSshHosts(result, options));
      // A platform that is asked for twice has one result.
      if (results.every(({ id }) => id !== result.id)) results.push(result);
      if (failures.found.length > 0) break;
    }
    failures.end();
    return {
      results,
      warnings: linter.warnings,
      unsupported,
      ...(forward && { forward }),
      requests: () => frontendRequests(session),
    };
  } catch (error) {
    const [partial] = results;
    const asked = opened;
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
      ...(asked && { requests: () => frontendRequests(asked) }),
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
  readonly made: { readonly session: Session; readonly converted: Converted } | undefined;
};

async function lintWhole(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo: CompileMemo,
): Promise<Linted> {
  let linter: Linter | undefined;
  let failures: Failures | undefined;
  let made: Linted['made'];
  try {
    const session = openSession(tree, options, resolver, memo);
    ({ failures } = session);
    linter = Linter.collecting(lintConfig(session));
    const converted = await convertRequest(
      session,
      linter,
      undefined,
      session.config.target === '',
    );
    made = { session, converted };
    failures.end();
    return { result: { warnings: linter.warnings }, made };
  } catch (error) {
    return { result: { warnings: linter?.warnings ?? [], ...errorsOf(error, failures) }, made };
  }
}

/** What lint finds, and the build, which costs nothing until it is asked for. */
export type Analysis = {
  readonly linted: LintResult;
  readonly compiled: () => Promise<CompileResult>;
  /** That of the build. */
  readonly unsupported: () => Promise<readonly Unsupported[]>;
};

/**
 * {@link lint} and {@link compile}, for who asks for both: where a build needs all that lint looks
 * at, which is nearly always, one conversion serves them both.
 */
export async function lintAndCompile(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo = new CompileMemo(),
): Promise<Analysis> {
  const { result: linted, made } = await memo.inTurn(() =>
    lintWhole(tree, options, resolver, memo),
  );
  const build = async (): Promise<CompileResult> => {
    const built = await memo.inTurn(async () => {
      // What has been converted since has put its own steps in the places of these.
      const again = made !== undefined && made.converted.turn !== made.converted.memo.turn;
      const now = again ? (await lintWhole(tree, options, resolver, memo)).made : made;
      return now && buildOf(now, linted);
    });
    return built ?? compile(tree, options, resolver, memo);
  };
  let compiled: Promise<CompileResult> | undefined;
  const once = (): Promise<CompileResult> => (compiled ??= build());
  return {
    linted,
    compiled: once,
    unsupported: async () =>
      made !== undefined && servesBuild(made) && !mayUseSsh(made)
        ? made.converted.unsupported
        : (await once()).unsupported,
  };
}

type Made = NonNullable<Linted['made']>;

/** Whether a build would have converted the same. */
function servesBuild({ session: { config }, converted }: Made): boolean {
  return (
    converted.isWholeFile &&
    config.target === '' &&
    config.targetPlatforms.length === 0 &&
    config.sbomScanner === undefined
  );
}

/** Git sources come from ADD and from contexts. */
function mayUseSsh({ session: { config }, converted }: Made): boolean {
  for (const name of config.attributes.keys()) if (name.startsWith('context')) return true;
  return converted.stages.all.some(
    (stage) => stage.text?.adds ?? stage.commands.some(({ command }) => command.type === 'add'),
  );
}

/** The build that a lint has made on its way; undefined where the build might be another one. */
function buildOf(made: Made, { warnings }: LintResult): CompileResult | undefined {
  if (!servesBuild(made)) return undefined;
  const { converted, session } = made;
  const { config, tree, failures } = session;
  let result: PlatformResult;
  try {
    result = platformResult(session, converted, undefined);
  } catch {
    return undefined; // The compile says so.
  }
  if (mayUseSsh(made) && sshSources(result.definition).length > 0) return undefined;
  const forward = forwardOf(tree, config);
  const { unsupported } = converted;
  const common = { warnings, unsupported, ...(forward && { forward }) };
  const [first] = failures.found;
  return first === undefined
    ? { results: [result], ...common }
    : { results: [], partial: result, ...errorsOf(first, failures), ...common };
}

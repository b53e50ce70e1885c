/**
 * What every request to the frontend begins with: options, context and lint configuration, whether
 * the file is handed to another frontend, then its instructions, and the conversion of them.
 */
import type { Platform } from '../../../proto/model/op';
import {
  typeInstructions,
  type InstructionProblem,
  type TypedDockerfile,
} from '../instructions/dockerfile';
import { parseLintConfig, type Linter, type LintConfig } from '../lint/linter';
import { rules } from '../lint/rules';
import { lintWholeFile } from '../lint/whole-file';
import { detectCheck, detectSyntax } from '../parser/directives';
import type { SyntaxTree } from '../parser/syntax-tree';
import { cut, trimSpace } from '../text/go';
import { frontendAttributes } from './attributes';
import { readConfig, type Config } from './config';
import type { Converted } from './conversion';
import { convert } from './convert';
import { asFailure, because, BuildFailure } from './failure';
import { Failures } from './failures';
import { hasFeature } from './frontend-features';
import { ImageLookup } from './image-lookup';
import type { ImageResolver } from './image-resolver';
import { mainContext, type MainContext } from './main-context';
import { CompileMemo } from './memo';
import type { CompileOptions } from './options';
import type { CompileResult } from './result';

/** What all requests begin with. */
export type Session = {
  readonly tree: SyntaxTree;
  readonly config: Config;
  readonly context: MainContext;
  readonly images: ImageLookup;
  readonly memo: CompileMemo;
  readonly failures: Failures;
};

const syntaxArgument = 'build-arg:BUILDKIT_SYNTAX';

/**
 * What BuildKit looks at before it reads the file.
 * @throws BuildFailure for options that it refuses
 */
export function readOptions(options: CompileOptions): {
  readonly config: Config;
  readonly context: MainContext;
} {
  const config = readConfig(options, frontendAttributes(options));
  const lacking = lackingCaps(config);
  if (lacking !== undefined && !lacking.mayForward) throw unsupported(lacking.name);
  return { config, context: mainContext(config) };
}

/** @throws BuildFailure for options that BuildKit refuses, and for a frontend out of reach. */
export function openSession(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
  memo = new CompileMemo(),
): Session {
  const { config, context } = readOptions(options);
  const forward = forwardOf(tree, config);
  const lacking = lackingCaps(config);
  if (lacking !== undefined && forward === undefined) throw unsupported(lacking.name);
  if (forward !== undefined && options.forwardError !== undefined) {
    throw ofForwarded(config.attributes, new BuildFailure(options.forwardError));
  }
  const failures = new Failures(options.partial === true);
  return { tree, config, context, images: new ImageLookup(resolver), memo, failures };
}

/** A failure without a place in the text names the build argument that asked for the frontend. */
export function ofForwarded(attributes: Config['attributes'], error: unknown): BuildFailure {
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

type LackingCaps = { readonly name: string; readonly mayForward: boolean };

/**
 * A capability that the client wants and this frontend lacks. One marked `+forward` may be left to
 * the frontend that the file asks for; BuildKit looks at the others before it looks at the context.
 */
function lackingCaps({ attributes }: Config): LackingCaps | undefined {
  let lacking: LackingCaps | undefined;
  for (const wanted of (attributes.get('frontend.caps') ?? '').split(',')) {
    const [name] = cut(wanted, '+');
    if (name === '' || frontendCaps.has(name)) continue;
    lacking = { name, mayForward: wanted.includes('+forward') };
    if (!lacking.mayForward) break;
  }
  return lacking;
}

const unsupported = (name: string): BuildFailure =>
  new BuildFailure(`unsupported frontend capability ${name}`);

/** The frontend image that the file or a build argument asks for. */
export function forwardOf(tree: SyntaxTree, config: Config): CompileResult['forward'] {
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
export function lintConfig(session: Session): LintConfig {
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
export function problemsOf(
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

/** @throws BuildFailure */
export async function convertRequest(
  session: Session,
  linter: Linter,
  target: Platform | undefined,
  allStages: boolean,
): Promise<Converted> {
  const dockerfile = readDockerfile(session, linter);
  lintWholeFile(dockerfile, linter);
  return convert({ ...session, dockerfile, linter, target, allStages });
}

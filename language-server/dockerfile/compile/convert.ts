/** One conversion: a typed Dockerfile for one target platform. */
import type { TypedDockerfile } from '../instructions/dockerfile';
import type { Linter } from '../lint/linter';
import { rules } from '../lint/rules';
import { newState } from '../llb/state';
import { parseNormalized } from '../names/image-reference';
import { expandWord, type LexerOptions } from '../words/lexer';
import { resolveStages } from './base-images';
import { globalArguments, platformArguments, proxyEnvironment } from './build-arguments';
import type { Conversion, ConversionInput, Converted } from './conversion';
import { convertAgain, forgetConversion, keepConversion } from './convert-again';
import { dispatchStages } from './dispatch';
import { resolveEpoch } from './epoch';
import { hasFeature } from './frontend-features';
import { BuildFailure } from './failure';
import { Failures } from './failures';
import { finishImage } from './finish-image';
import { IgnoreMatcher } from './ignore-file';
import { contextIgnores, contextOutput } from './main-context';
import type { Unsupported } from './result';
import { buildStages, linkStages, resolveTarget } from './stage-graph';
import { StageList } from './stage-state';

/**
 * Converts a Dockerfile for one platform.
 * @throws BuildFailure
 */
export async function convert(input: ConversionInput): Promise<Converted> {
  const converted = await convertTo(input, undefined);
  if (!converted.target.lost) return converted;
  return { ...(await instead(input, converted)), isWholeFile: false };
}

/** A few, since nothing keeps each try from losing another stage. */
const maxTries = 4;

/** The last stage that is not lost, in the place of a target that is. */
async function instead(input: ConversionInput, lost: Converted): Promise<Converted> {
  const quiet = {
    ...input,
    linter: input.linter.silenced(),
    failures: new Failures(true),
    allStages: false,
  };
  const gone = new Set<number>();
  let converted = lost;
  for (let tries = 0; tries < maxTries; tries++) {
    const stages = converted.stages.all.slice(0, input.dockerfile.stages.length);
    for (const [index, stage] of stages.entries()) if (stage.lost) gone.add(index);
    const next = stages.findLastIndex((_, index) => !gone.has(index));
    if (next < 0) break;
    converted = await convertTo(quiet, next);
    if (!converted.target.lost) return converted;
  }
  throw new BuildFailure('no stage is left of the file');
}

/** @param index the stage to build instead of the options' target */
async function convertTo(input: ConversionInput, index: number | undefined): Promise<Converted> {
  const { tree, dockerfile, config, context, images, linter, failures } = input;
  const { stages } = dockerfile;
  const lexer: LexerOptions = { escape: tree.escape };
  const [buildPlatform] = config.buildPlatforms;
  const targetPlatform = input.target ?? buildPlatform;
  const lastName = stages.at(-1)?.from.name ?? '';
  const targetName = config.target === '' ? lastName : config.target;
  const platformArgs = platformArguments(
    buildPlatform,
    targetPlatform,
    targetName,
    config.buildArgs,
  );
  lintDefaultBases(dockerfile, platformArgs, lexer, linter);
  const globals = globalArguments(
    platformArgs,
    dockerfile.globalArgs,
    config.buildArgs,
    lexer,
    failures,
  );
  const unsupported: Unsupported[] = [];
  const epoch = await epochOf(input, globals.env, lexer, unsupported).catch((error: unknown) => {
    failures.meet(error);
    return { seconds: undefined, globalArgs: globals.env, buildArgs: config.buildArgs };
  });
  const memo = input.memo.pass(
    JSON.stringify([
      config.options,
      input.target,
      input.allStages,
      tree.escape,
      linter.key,
      epoch.globalArgs.pairs(),
      [...epoch.buildArgs],
      epoch.seconds?.toString(),
    ]),
  );
  const turn = (memo.turn = {});
  if (index === undefined) {
    const again = await convertAgain(input, memo);
    if (again !== undefined) {
      failOnWarnings(linter, failures);
      return { ...again, unsupported, turn };
    }
  }
  forgetConversion(memo);
  memo.start();
  const warned = linter.warnings.length;
  const conversion: Conversion = {
    tree,
    config,
    context,
    images,
    linter,
    failures,
    lexer,
    buildPlatform,
    targetPlatform,
    implicitTarget: input.target === undefined,
    globalArgs: epoch.globalArgs,
    buildArgs: epoch.buildArgs,
    epoch: epoch.seconds,
    proxyEnv: proxyEnvironment(epoch.buildArgs),
    stages: new StageList(),
    allStages: input.allStages,
    contextState: newState(memo.context),
    ignoreMatcher: undefined,
    memo,
  };
  buildStages(conversion, stages, globals.infos);
  const target =
    (index === undefined ? undefined : conversion.stages.all[index]) ?? resolveTarget(conversion);
  linkStages(conversion);
  const reachable = await resolveStages(conversion, target);
  const ignores = failures.attempt(() => contextIgnores(config, context), []);
  const ignoreMatcher = ignores.length > 0 ? new IgnoreMatcher(ignores) : undefined;
  const opening = linter.warnings.slice(warned);
  const dispatching = { ...conversion, ignoreMatcher };
  const records = dispatchStages(dispatching, reachable);
  target.paths.add('/');
  finishImage(conversion, target);
  failOnWarnings(linter, failures);
  const used = new Set(conversion.stages.all.flatMap((stage) => [...stage.contextPaths]));
  if (!memo.usesContextAsBefore(used)) {
    memo.context.output = contextOutput(config, context, ignores, used);
  }
  const isWholeFile = conversion.stages.all.every(
    (stage) =>
      reachable.has(stage) &&
      stage.namedContext === undefined &&
      (!stage.unregistered || stage.commands.length === 0),
  );
  const { stages: list } = conversion;
  const converted = { target, targetPlatform, unsupported, memo, turn, stages: list, isWholeFile };
  if (index === undefined && failures.found.length === 0) {
    keepConversion(input, { conversion: dispatching, converted, opening, records });
  }
  return converted;
}

function failOnWarnings(linter: Linter, failures: Failures): void {
  const violation = linter.error();
  if (violation !== undefined) failures.meet(new BuildFailure(violation));
}

type Epoch = {
  readonly seconds: bigint | undefined;
  readonly globalArgs: Conversion['globalArgs'];
  readonly buildArgs: ReadonlyMap<string, string>;
};

/** Resolves SOURCE_DATE_EPOCH and puts the number in the place of what was written. */
async function epochOf(
  input: ConversionInput,
  globalArgs: Conversion['globalArgs'],
  lexer: LexerOptions,
  unsupported: Unsupported[],
): Promise<Epoch> {
  const key = 'SOURCE_DATE_EPOCH';
  const { config, dockerfile } = input;
  const { buildArgs } = config;
  const release = config.options.frontendRelease;
  const global = hasFeature(release, 'epochArgument') ? (globalArgs.get(key) ?? '') : '';
  const value = buildArgs.get(key) ?? (global === '' ? undefined : global);
  if (value === undefined) return { seconds: undefined, globalArgs, buildArgs };
  const { stages } = dockerfile;
  const seconds = await resolveEpoch(value, {
    ...input,
    stages,
    globalArgs,
    buildArgs,
    lexer,
    unsupported,
  });
  const text = seconds === undefined ? '' : seconds.toString();
  const nextArgs = new Map(buildArgs);
  if (nextArgs.has(key)) {
    if (text === '') nextArgs.delete(key);
    else nextArgs.set(key, text);
  }
  let nextGlobals = globalArgs;
  if (globalArgs.get(key) !== undefined) {
    nextGlobals = text === '' ? globalArgs.delete(key) : globalArgs.set(key, text);
  }
  return { seconds, globalArgs: nextGlobals, buildArgs: nextArgs };
}

/** Base names must make sense without any build argument. */
function lintDefaultBases(
  { stages, globalArgs }: TypedDockerfile,
  platformArgs: Conversion['globalArgs'],
  lexer: LexerOptions,
  linter: Linter,
): void {
  const rule = rules.invalidDefaultArgInFrom;
  try {
    const { env } = globalArguments(platformArgs, globalArgs, new Map(), lexer);
    const good = new Set<string>();
    for (const { from } of stages) {
      if (from.lost === true || good.has(from.base)) continue;
      if (isReference(expandWord(from.base, env, lexer).result)) {
        good.add(from.base);
        continue;
      }
      linter.report(rule, rule.detail(from.base), {
        lines: from.lines,
        spans: from.node.words.slice(0, 1),
      });
    }
  } catch {
    return; // The build fails at the same place with a message of its own.
  }
}

function isReference(text: string): boolean {
  try {
    parseNormalized(text);
    return true;
  } catch {
    return false;
  }
}

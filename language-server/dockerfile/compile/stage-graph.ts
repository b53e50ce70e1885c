/** Stages, what they are built on, and what they take files from. */
import { instructionSpec } from '../grammar/instructions';
import type { Command, CommandContent, RunCommand } from '../instructions/command';
import type { Stage } from '../instructions/stage';
import type { StageText } from '../instructions/stage-text';
import { rules } from '../lint/rules';
import type { EnvList } from '../llb/env-list';
import { parsePlatform } from '../names/platform';
import { quote } from '../text/go';
import { parseInteger } from '../text/go-numbers';
import type { Span } from '../text/span';
import { meant, withSuggestion } from '../text/suggest';
import type { Platform } from '../../../proto/model/op';
import { emptyEnvironment } from '../words/environment';
import { expandWord, type Expansion } from '../words/lexer';
import { variableSpans, type Conversion } from './conversion';
import { asFailure, at, because, BuildFailure } from './failure';
import type { Failures } from './failures';
import { Globals } from './global-arguments';
import { findNamedContext } from './named-context';
import { OutlineCapture, type ArgInfo } from './outline-capture';
import { StageState, type StageCommand } from './stage-state';

/**
 * Makes the stages, their bases and platforms expanded.
 * @throws BuildFailure
 */
export function buildStages(
  conversion: Conversion,
  stages: readonly Stage[],
  globalInfos: ReadonlyMap<string, ArgInfo>,
): void {
  const globals = new Globals(globalInfos, conversion.globalArgs);
  for (const [index, stage] of stages.entries()) {
    const { all } = conversion.stages;
    try {
      if (stage.from.lost === true) loseStage(conversion, stage, index);
      else buildStage(conversion, stage, index, globals);
    } catch (error) {
      conversion.failures.meet(error);
      if (all.length === index) loseStage(conversion, stage, index);
    }
    const built = all[index];
    if (built?.base?.lost === true) built.lost = true;
  }
}

/** A stage that keeps its number and its name only. */
function loseStage({ stages }: Conversion, { from }: Stage, index: number): void {
  const stage = new StageState({ from, base: '', lines: from.lines, place: from.place });
  if (from.name === '') stage.name = `stage-${index}`;
  stage.lost = true;
  stages.add(stage);
}

function buildStage(conversion: Conversion, written: Stage, index: number, globals: Globals): void {
  const { config, stages: list } = conversion;
  const { from, completeUpTo } = written;
  const { lines } = from;
  const base = expandBase(conversion, from, globals);
  const outline = new OutlineCapture(globals.infos);
  const source = { from, base: base.result, lines, place: from.place };
  const stage = new StageState(source, outline, written);
  stage.epoch = conversion.epoch;
  stage.completeUpTo = completeUpTo;
  const used = new Set(base.matched);
  if (from.platform !== '') {
    const { platform, matched } = expandPlatform(conversion, from, globals);
    stage.platform = platform;
    for (const name of matched) used.add(name);
  }
  if (from.name !== '') {
    const context = findNamedContext(
      config,
      from.name,
      stage.platform,
      conversion.implicitTarget ? undefined : conversion.targetPlatform,
    );
    if (context !== undefined) {
      stage.namedContext = context;
      list.add(stage);
      // The context takes the stage's place, whatever it was built on.
      stage.base = undefined;
      return;
    }
  } else stage.name = `stage-${index}`;
  list.add(stage);
  for (const name of used) stage.outline.usedArgs.add(name);
  const pulls = stage.baseName !== 'scratch' && stage.base === undefined;
  stage.commandTotal = (pulls ? 1 : 0) + stepsOf(written);
  stage.ignoreCache = config.ignoresCache(from.name);
}

const stepsOf = (stage: Stage): number =>
  stage.text?.steps ?? stage.commands.filter(({ type }) => instructionSpec(type).step).length;

function expandBase(conversion: Conversion, from: Stage['from'], globals: Globals): Expansion {
  const { lines, node } = from;
  const seen = { unmatched: new Set<string>() as ReadonlySet<string> };
  let expansion: Expansion;
  try {
    expansion = expandWord(from.base, conversion.globalArgs, conversion.lexer, seen);
  } catch (error) {
    reportUndeclared(conversion, from, seen.unmatched, globals);
    throw at(error, lines, node.words[0]);
  }
  reportUndeclared(conversion, from, expansion.unmatched, globals);
  if (expansion.result === '') {
    const message = `base name (${from.base}) should not be blank`;
    throw new BuildFailure(message, [lines], node.words[0]);
  }
  return expansion;
}

function reportUndeclared(
  conversion: Conversion,
  { node, lines }: Stage['from'],
  unmatched: ReadonlySet<string>,
  globals: Globals,
): void {
  const linter = conversion.linter.above(node.comments);
  for (const name of unmatched) {
    if (globals.has(name)) continue;
    const rule = rules.undefinedArgInFrom;
    const suggestion = globals.suggest(name);
    linter.report(rule, rule.detail(name, suggestion ?? ''), {
      lines,
      spans: variableSpans(conversion.tree, node, name),
      subject: name,
      suggestion,
    });
  }
}

function expandPlatform(
  conversion: Conversion,
  from: Stage['from'],
  globals: Globals,
): { platform: Platform; matched: ReadonlySet<string> } {
  const { lines, node, platform: written } = from;
  const { globalArgs } = conversion;
  const span = node.flags.find((flag) => flag.name === 'platform');
  const seen = { unmatched: new Set<string>() as ReadonlySet<string> };
  let expansion: Expansion;
  try {
    expansion = expandWord(written, globalArgs, conversion.lexer, seen);
  } catch (error) {
    reportUndeclared(conversion, from, seen.unmatched, globals);
    // A modifier can fail after other variables matched; BuildKit lints the empty result too.
    throw at(because('failed to process arguments for platform ', error), lines, span);
  }
  reportUndeclared(conversion, from, expansion.unmatched, globals);
  lintPlatform(conversion, from, expansion);
  const { result, unmatched } = expansion;
  if (result === '') {
    const message = `empty platform value from expression ${written}`;
    throw new BuildFailure(suggestAny(message, unmatched, globalArgs), [lines], span);
  }
  try {
    return { platform: parsePlatform(result), matched: expansion.matched };
  } catch (error) {
    const { message } = asFailure(error);
    const reason = suggestAny(message, unmatched, globalArgs);
    // BuildKit notes the place twice here.
    throw new BuildFailure(`failed to parse platform ${written}: ${reason}`, [lines, lines], span, {
      cause: error,
    });
  }
}

function lintPlatform(
  { linter: allLinter, globalArgs }: Conversion,
  { platform: written, name, lines, node }: Stage['from'],
  { result, matched, unmatched }: Expansion,
): void {
  const linter = allLinter.above(node.comments);
  const flag = node.flags.find((candidate) => candidate.name === 'platform');
  const place = { lines, spans: flag === undefined ? [] : [flag.valueSpan ?? flag] };
  const onlyTarget = matched.size === 1 && unmatched.size === 0 && matched.has('TARGETPLATFORM');
  if (onlyTarget && result === globalArgs.get('TARGETPLATFORM')) {
    const rule = rules.redundantTargetPlatform;
    linter.report(rule, rule.detail(written), place);
  }
  if (matched.size > 0 || unmatched.size > 0) return;
  let platform: Platform;
  try {
    platform = parsePlatform(result);
  } catch {
    return; // It fails below with a message of its own.
  }
  // A stage named for its platform means it.
  if (name.includes(platform.os) || name.includes(platform.architecture)) return;
  const rule = rules.fromPlatformFlagConstDisallowed;
  linter.report(rule, rule.detail(result), place);
}

function suggestAny(message: string, names: Iterable<string>, options: EnvList): string {
  for (const name of names) {
    const suggestion = options.suggest(name);
    if (suggestion !== undefined) return meant(message, suggestion);
  }
  return message;
}

/** The stage to build. @throws BuildFailure when the target is none. */
export function resolveTarget({ config, stages, failures }: Conversion): StageState {
  const { target } = config;
  const last = stages.all.at(-1);
  const found = target === '' ? last : stages.byName(target);
  if (found !== undefined) return found;
  const message = `target stage ${quote(target)} could not be found`;
  const failure = new BuildFailure(withSuggestion(message, target, stages.names()));
  failures.meet(failure);
  if (last === undefined) throw failure;
  return last;
}

/**
 * Finds the sources of every COPY and RUN; images among them become hidden stages.
 * @throws BuildFailure
 */
export function linkStages(conversion: Conversion): void {
  const { all } = conversion.stages;
  // Hidden stages are added while this runs; they have no commands.
  for (const stage of [...all]) {
    if (stage.text === undefined) linkOneByOne(conversion, stage);
    else linkWritten(conversion, stage, stage.text);
  }
  checkCycles(all, conversion.failures);
  const [only] = all;
  if (all.length === 1 && only !== undefined) only.name = '';
}

/** Looks at those commands only that take files from elsewhere. */
function linkWritten(conversion: Conversion, stage: StageState, text: StageText): void {
  if (text.linked.length === 0) return;
  const sources: (readonly StageState[])[] = [];
  const failed = new Set<number>();
  for (const index of text.linked) {
    const command = text.commands[index];
    if (command === undefined) continue;
    const placed = (): Command => stage.commandAt(index);
    try {
      sources.push(linkTo(conversion, stage, sourcesOf(conversion, command, placed), placed));
    } catch (error) {
      conversion.failures.meet(error);
      sources.push([]);
      failed.add(index);
    }
  }
  stage.link(sources);
  if (failed.size === 0) return;
  stage.commands = stage.commands.map((command, index) =>
    failed.has(index) ? { ...command, failed: true } : command,
  );
}

function linkOneByOne(conversion: Conversion, stage: StageState): void {
  if (stage.commands.length === 0) return;
  stage.commands = stage.commands.map((unlinked) =>
    conversion.failures.attempt(() => linkCommand(conversion, stage, unlinked.command), {
      ...unlinked,
      failed: true,
    }),
  );
}

/** Gives a command its sources and notes what the stage depends on. */
export function linkCommand(
  conversion: Conversion,
  stage: StageState,
  command: Command,
  isOnBuild = false,
): StageCommand {
  const placed = (): Command => command;
  const sources = linkTo(conversion, stage, sourcesOf(conversion, command, placed), placed);
  return { command, sources, isOnBuild };
}

function linkTo(
  { stages }: Conversion,
  stage: StageState,
  sources: readonly StageState[],
  placed: () => Command,
): readonly StageState[] {
  for (const source of sources) {
    stage.dependencies.set(source, placed);
    if (source.unregistered) stages.add(source);
  }
  return sources;
}

/** @param placed the command in its place, for what is said about it */
function sourcesOf(
  conversion: Conversion,
  command: Command | CommandContent,
  placed: () => Command,
): StageState[] {
  if (command.type === 'copy') {
    return command.from === '' ? [] : [copySource(conversion, command.from, placed)];
  }
  if (command.type === 'run') return mountSources(conversion, command.mounts);
  return [];
}

function copySource(
  { stages, lexer }: Conversion,
  from: string,
  placed: () => Command,
): StageState {
  const flag = (): Span | undefined => placed().node.flags.find(({ name }) => name === 'from');
  let expanded: string;
  try {
    expanded = expandWord(from, emptyEnvironment, lexer).result;
  } catch (error) {
    throw new BuildFailure(asFailure(error).message, [], flag(), { cause: error });
  }
  if (expanded !== from) {
    throw new BuildFailure(
      'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
      [],
      flag(),
    );
  }
  const index = stageIndex(from);
  if (index === undefined) {
    const known = stages.byName(from);
    if (known !== undefined) return known;
    const { lines, place } = placed();
    return hiddenStage({ base: from, lines, place });
  }
  const stage = index < 0n ? undefined : stages.all[Number(index)];
  if (stage === undefined) {
    throw new BuildFailure(`invalid stage index ${index.toString()}`, [], flag());
  }
  return stage;
}

function stageIndex(text: string): bigint | undefined {
  if (!/^[+-]?\d/.test(text)) return undefined;
  try {
    return parseInteger(text, 10, 64, 'Atoi');
  } catch {
    return undefined; // Not a number: a name.
  }
}

/** A mount without `from` counts as one from scratch here, whatever its type turns out to be. */
function mountSources({ stages }: Conversion, mounts: RunCommand['mounts']): StageState[] {
  return mounts.map(({ from }) => {
    const known = stages.byName(from === '' ? 'scratch' : from);
    return known ?? hiddenStage(from === '' ? fromScratch : { base: from });
  });
}

const fromScratch = { base: 'scratch' };

function hiddenStage(source: StageState['source']): StageState {
  const stage = new StageState(source);
  stage.unregistered = true;
  return stage;
}

function checkCycles(stages: readonly StageState[], failures: Failures): void {
  const visited = new Set<StageState>();
  for (const stage of stages) {
    for (let cycle = findCycle(stage, visited); cycle; cycle = findCycle(stage, visited)) {
      const { trail, closing } = cycle;
      const commands = commandsOf(trail);
      failures.meet(
        new BuildFailure(
          `circular dependency detected on stage: ${stage.name}`,
          commands.map(({ lines }) => lines),
          commands[0]?.node.span,
        ),
      );
      cut(closing.from, closing.to);
    }
  }
}

/** The commands that lead to a stage, the last one first. */
type Trail = { readonly command: () => Command; readonly before: Trail | undefined };

function commandsOf(trail: Trail): Command[] {
  const commands: Command[] = [];
  for (let part: Trail | undefined = trail; part !== undefined; part = part.before) {
    commands.push(part.command());
  }
  return commands.reverse();
}

type Cycle = {
  readonly trail: Trail;
  /** The dependency that closes it. */
  readonly closing: { readonly from: StageState; readonly to: StageState };
};

/** The first cycle below a stage. @param visited stages that are known to be in none */
function findCycle(start: StageState, visited: Set<StageState>): Cycle | undefined {
  const path = new Set<StageState>();
  const entered = new Set<StageState>();
  const visit = (stage: StageState, before: Trail | undefined): Cycle | undefined => {
    if (visited.has(stage) || entered.has(stage)) return undefined;
    entered.add(stage);
    path.add(stage);
    for (const [dependency, command] of stage.dependencies) {
      if (visited.has(dependency) || entered.has(dependency) !== path.has(dependency)) continue;
      const trail = { command, before };
      if (path.has(dependency)) return { trail, closing: { from: stage, to: dependency } };
      const cycle = visit(dependency, trail);
      if (cycle !== undefined) return cycle;
    }
    path.delete(stage);
    return undefined;
  };
  const cycle = visit(start, undefined);
  if (cycle === undefined) for (const stage of entered) visited.add(stage);
  return cycle;
}

/** Leaves out what takes from a stage that cannot be there yet. */
function cut(stage: StageState, source: StageState): void {
  stage.dependencies.delete(source);
  stage.commands = stage.commands.map((command) =>
    command.sources.includes(source) ? { ...command, failed: true } : command,
  );
}

/** Commands become ops and image settings: one handler for each instruction. */
import { instructionSpec } from '../grammar/instructions';
import type { Command } from '../instructions/command';
import { cut, joinPath } from '../text/go';
import { defaultPathVariable } from '../names/os-path';
import { withEnv } from '../llb/state';
import type { Output } from '../llb/vertex';
import type { Conversion } from './conversion';
import { dispatchCopy } from './dispatch-copy';
import { dispatchRun } from './dispatch-run';
import { settingHandlers } from './dispatch-settings';
import { dispatchWorkdir, setWorkdir } from './dispatch-workdir';
import { dispatchExpose } from './expose';
import { at } from './failure';
import type { Handler, Handlers } from './handlers';
import { GrowingList } from './growing-list';
import type { HistoryEntry } from './image-config';
import { restore, snapshotOf, type Snapshot } from './snapshot';
import { stageStart, type KeptRun, type StageStart } from './run-memo';
import type { StageBeginning, StageCommand, StageState } from './stage-state';
import { sourceKeys, useAgain, usedBy, type SlotChain, type Step } from './step-memo';

const handlers: Handlers = {
  ...settingHandlers,
  run: dispatchRun,
  workdir: dispatchWorkdir,
  expose: dispatchExpose,
  copy(conversion, stage, command, sources) {
    const [source] = sources;
    for (const path of dispatchCopy(conversion, stage, command, source)) {
      stage.use(source, joinPath('/', path));
    }
  },
  add(conversion, stage, command) {
    for (const path of dispatchCopy(conversion, stage, command, undefined)) {
      if (!/^https?:\/\//.test(path)) stage.use(undefined, joinPath('/', path));
    }
  },
};

/** How a stage has run, and from where. */
export type StageRecord = {
  readonly stage: StageState;
  readonly group: string;
  readonly chain: SlotChain;
  readonly start: StageStart;
  readonly beginning: StageBeginning;
} & KeptRun;

/**
 * Runs all stages that the build needs, in the order of the file.
 * @returns how those have run that are written in the file; some may be missing after failures
 * @throws BuildFailure
 */
export function dispatchStages(
  conversion: Conversion,
  reachable: ReadonlySet<StageState>,
): StageRecord[] {
  const records: StageRecord[] = [];
  for (const stage of conversion.stages.all) {
    const needed = conversion.allStages || (reachable.has(stage) && !stage.dispatched);
    const record = needed ? dispatchStage(conversion, stage) : undefined;
    if (record !== undefined) records.push(record);
  }
  return records;
}

function dispatchStage(conversion: Conversion, stage: StageState): StageRecord | undefined {
  // An image that files are copied from: nobody looks at what would become of it.
  if (stage.unregistered && stage.commands.length === 0) return undefined;
  stage.inherit();
  stage.dispatched = true;
  if (stage.lost) return undefined;
  stage.platform ??= stage.knownPlatform;
  const index = conversion.stages.all.indexOf(stage);
  const group = stage.groupOf(index).id;
  const { runs, steps } = conversion.memo;
  const chain = steps.chainOf(stage.source.place, index);
  const { beginning } = stage;
  const start = stageStart(stage, group);
  const known = runs.find(stage, start, chain);
  if (known === undefined) return runStage(conversion, { stage, group, chain, start, beginning });
  runAgain(conversion, stage, known);
  return { ...known, stage, group, chain, start, beginning };
}

/** Runs the commands of a stage that stands where they begin. */
export function runStage(
  conversion: Conversion,
  begun: Omit<StageRecord, keyof KeptRun> & Pick<StageRecord, 'start'>,
): StageRecord | undefined {
  const { stage, group, chain, start } = begun;
  const warned = conversion.linter.warnings.length;
  const failed = conversion.failures.found.length;
  conversion.failures.attempt(() => {
    startFromImage(conversion, stage);
  }, undefined);
  const run = new StageRun(conversion, stage, group, chain);
  const { entries, uses } = run.run();
  const { after, output } = run;
  stage.finished = after;
  const node = stage.fromNode;
  if (node === undefined || conversion.failures.found.length > failed) return undefined;
  const warnings = conversion.linter.warnings.slice(warned);
  const spacing = warnings.length > 0 ? stage.spacing : undefined;
  const kept = { start, after, output, entries, uses, warnings, node, spacing };
  conversion.memo.runs.keep(stage, chain, kept);
  return { ...begun, ...kept };
}

/** Makes a stage what it has become in the last compile. */
function runAgain(
  { linter }: Conversion,
  stage: StageState,
  { after, output, entries, uses, warnings }: KeptRun,
): void {
  for (const { step, command } of uses) {
    useAgain(stage, stage.sourcesOf(command), step);
  }
  linter.repeat(warnings);
  restore(stage, after, output);
  stage.finished = after;
  stage.history = stage.history.with(entries);
}

/** Those point at an earlier one of their kind when they warn, and cost next to nothing. */
const alwaysRuns = ({ type }: Command): boolean => instructionSpec(type).lastCounts === true;

/** The commands of one stage, those of the last compile that still hold taken over. */
class StageRun {
  readonly #start: Output | undefined;
  /** Where the stage stands; its own fields may lag behind. */
  #at: Snapshot;
  #output: Output | undefined;
  #behind = false;

  constructor(
    private readonly conversion: Conversion,
    private readonly stage: StageState,
    private readonly group: string,
    private readonly chain: SlotChain,
  ) {
    chain.filling = {};
    this.#start = this.#output = stage.state.output;
    this.#at = snapshotOf(stage, this.group);
  }

  /** Where it stands. */
  get after(): Snapshot {
    return this.#at;
  }

  get output(): Output | undefined {
    return this.#output;
  }

  /** Gives the history of the commands, and those steps that use paths. */
  run(): Pick<KeptRun, 'entries' | 'uses'> {
    const entries: HistoryEntry[] = [];
    const uses: { step: Step; command: number }[] = [];
    const { commands, completeUpTo = Infinity } = this.stage;
    let own = 0;
    for (const command of commands) {
      if (!command.isOnBuild && own++ === completeUpTo) this.#leaveOut();
      if (command.failed === true || command.sources.some(({ lost }) => lost)) {
        this.#leaveOut();
        continue;
      }
      const step = this.#find(command) ?? this.#make(command);
      if (step === undefined) continue;
      for (const entry of step.history) entries.push(entry);
      if (step.used.length > 0) uses.push({ step, command: own - 1 });
    }
    if (own === completeUpTo) this.#leaveOut();
    this.#catchUp();
    this.#end();
    this.stage.history = this.stage.history.with(entries);
    return { entries, uses };
  }

  /** Others stand on the stage as a whole, so that steps may come and go inside. */
  #end(): void {
    const { stage, chain } = this;
    if (this.#output === undefined || this.#output === this.#start) return;
    this.#output = this.conversion.memo.steps.end(chain, this.#output);
    stage.state = { ...stage.state, output: this.#output };
  }

  #find({ command, sources, isOnBuild }: StageCommand): Step | undefined {
    if (isOnBuild || alwaysRuns(command)) return undefined;
    const { steps } = this.conversion.memo;
    const step = steps.find(command.node, this.#at, this.#output, sources);
    if (step === undefined) return undefined;
    useAgain(this.stage, sources, step);
    this.conversion.linter.repeat(step.warnings);
    this.#at = step.after;
    this.#output = step.made?.slot ?? this.#output;
    this.#behind = true;
    return step;
  }

  /** Something is missing here, so what follows is not what a build would make. */
  #leaveOut(): void {
    if (this.stage.uncertain) return;
    this.#catchUp();
    this.stage.uncertain = true;
    this.#at = snapshotOf(this.stage, this.group);
  }

  /** Undefined when it failed; the stage is then as it was before. */
  #make(command: StageCommand): Step | undefined {
    this.#catchUp();
    const { stage, conversion } = this;
    const { steps } = conversion.memo;
    const before = this.#at;
    const input = this.#output;
    const history = stage.history;
    const warned = conversion.linter.warnings.length;
    stage.history = GrowingList.of<HistoryEntry>([]);
    stage.used = [];
    const sources = sourceKeys(command.sources);
    try {
      dispatchCommand(conversion, stage, command);
    } catch (error) {
      conversion.failures.meet(error);
      restore(stage, before, input);
      stage.history = history;
      this.#leaveOut();
      return undefined;
    }
    const { output } = stage.state;
    let made: Step['made'];
    if (output !== undefined && output !== input) {
      const slot = steps.place(this.chain, input, input === this.#start, output);
      made = { output, slot };
      stage.state = { ...stage.state, output: slot };
      this.#output = slot;
    }
    this.#at = snapshotOf(stage, this.group);
    const step: Step = {
      before,
      input,
      sources,
      after: this.#at,
      made,
      history: stage.history.list(),
      used: usedBy(stage, command.sources, stage.used),
      node: command.command.node,
      warnings: conversion.linter.warnings.slice(warned),
    };
    stage.history = history;
    if (!command.isOnBuild) steps.keep(step);
    return step;
  }

  #catchUp(): void {
    if (this.#behind) restore(this.stage, this.#at, this.#output);
    this.#behind = false;
  }
}

function startFromImage(conversion: Conversion, stage: StageState): void {
  const isPath = (pair: string): boolean => cut(pair, '=')[0] === 'PATH';
  if (stage.os !== 'windows' && !stage.image.env.list().some(isPath)) {
    stage.setImage({ env: stage.image.env.set('PATH', defaultPathVariable(stage.os)) });
  }
  for (const pair of stage.image.env.list()) {
    const [key, value] = cut(pair, '=');
    stage.state = withEnv(stage.state, key, value);
  }
  const { hostname, network } = conversion.config;
  if (hostname !== '') stage.state = { ...stage.state, hostname };
  const { workingDir, user } = stage.image;
  if (workingDir !== '') {
    try {
      setWorkdir(stage, workingDir);
    } catch (error) {
      throw at(error, stage.lines, stage.source.from?.node.words[0]);
    }
  }
  if (user !== '') stage.state = { ...stage.state, user };
  stage.state = { ...stage.state, network };
}

function dispatchCommand(
  conversion: Conversion,
  stage: StageState,
  { command, sources, isOnBuild }: StageCommand,
): void {
  stage.commandIsOnBuild = isOnBuild;
  try {
    handle(conversion, stage, command, sources);
  } catch (error) {
    throw at(error, command.lines, isOnBuild ? undefined : command.node.span);
  }
}

// The type parameter ties the handler to its command; there is no other way to say it.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function handle<T extends Command['type']>(
  conversion: Conversion,
  stage: StageState,
  command: Extract<Command, { type: T }>,
  sources: readonly StageState[],
): void {
  const handler: Handler<Extract<Command, { type: T }>> = handlers[command.type];
  handler(conversion, stage, command, sources);
}

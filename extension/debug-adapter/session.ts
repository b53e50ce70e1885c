/**
 * One debug session: a state machine between DAP requests and a build.
 *
 * The states follow each other as DAP has it: `new` → `starting` (launch is under way; the client
 * sends its breakpoints) → `running` ⇄ `stopped` → `ended`. A Run is the same with no stops.
 */
import { BuildkitError, Code } from '../../proto/client/buildkit-error';
import type { LogPiece } from '../engine/log-store';
import type { ShellMoment } from '../engine/shell-place';
import { type StepFailure, stepFailure } from '../engine/step-failure';
import type { Step } from '../engine/steps';
import { type Halt, Walk } from '../engine/walk';
import { explain } from '../engine/explain';
import { Breakpoints, type PlacedStep, placedSteps } from './breakpoints';
import { Farewell } from './farewell';
import { RequestError } from './connection';
import { type Launched, launchJob, UnsavedTexts } from './launch';
import { type Client, Narrator, type TextPlace } from './narrator';
import { Shells, type ShellStep } from './shells';

export type AdapterOptions = {
  /** The program that attaches a terminal, and its leading arguments; a link file is added. */
  readonly attachCommand: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What relative paths in launch attributes are relative to. */
  readonly cwd: string;
};

/** Why the session stands still. */
export type Stop = {
  readonly reason: 'entry' | 'breakpoint' | 'step' | 'pause' | 'exception';
  readonly step: Step;
  readonly failure?: StepFailure;
};

/** A build that lives. */
export type Build = Launched & { readonly walk: Walk };

type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'starting'; readonly launched?: Launched }
  | { readonly kind: 'running'; readonly build: Build }
  | { readonly kind: 'stopped'; readonly build: Build; readonly stop: Stop }
  | { readonly kind: 'ended' };

/** DAP wants a thread; a build has one. */
export const threadId = 1;

export class DebugSession {
  /** Whether the client serves `runInTerminal`, as it said in `initialize`. */
  hasTerminals = false;
  readonly breakpoints = new Breakpoints();
  readonly unsaved = new UnsavedTexts();
  readonly shells: Shells;
  readonly narrator: Narrator;
  readonly farewell = new Farewell();
  private state: State = { kind: 'new' };
  /** Ends a launch that is under way. */
  private readonly leaving = new AbortController();
  private readonly configured = gate();
  private readonly goodbye = gate();
  private readLog: (digest: string, from: number) => LogPiece = () => ({ text: '', next: 0 });

  constructor(
    private readonly client: Client,
    private readonly options: AdapterOptions,
  ) {
    this.narrator = new Narrator(client);
    this.shells = new Shells({
      attachCommand: options.attachCommand,
      hasTerminals: () => this.hasTerminals,
      runInTerminal: (args) => client.request('runInTerminal', args),
      print: (text) => this.narrator.print(text, 'console'),
    });
  }

  /** Resolves when the client has said good-bye. */
  get left(): Promise<void> {
    return this.goodbye.passed;
  }

  leave(): void {
    this.goodbye.open();
  }

  configurationDone(): void {
    this.configured.open();
  }

  /**
   * Makes the build ready: resolves when its definition is there. {@link begin} then starts it.
   * @throws RequestError with a message for the user when there is nothing to build or no BuildKit
   */
  async launch(args: unknown): Promise<void> {
    if (this.state.kind !== 'new') throw new RequestError('This session was launched already.');
    this.state = { kind: 'starting' };
    let launched: Launched | undefined;
    try {
      launched = await launchJob(args, {
        ...this.options,
        signal: this.leaving.signal,
        unsaved: this.unsaved,
        narrator: this.narrator,
        preview: (steps) => this.breakpoints.update(steps),
      });
      const { job, input } = launched;
      this.readLog = (digest, from) => job.log(digest, from);
      this.state = { kind: 'starting', launched };
      if (this.leaving.signal.aborted) throw new RequestError('The session was ended.');
      this.client.event('initialized');
      await this.configured.passed;
      await job.define();
      this.narrator.breakpoints(
        this.breakpoints.update(placedSteps(job.steps, job.definitions, input)),
      );
      this.state = { kind: 'running', build: { ...launched, walk: new Walk(job) } };
    } catch (error) {
      await this.refuse(launched, error);
      throw new RequestError(explain(error));
    }
  }

  /** Starts what {@link launch} made ready; called once its response is out. */
  begin(): void {
    if (this.state.kind !== 'running') return;
    const { build } = this.state;
    const { noDebug, stopOnEntry } = build.attributes;
    const { step } = build.walk;
    if (noDebug !== true && stopOnEntry === true && step !== undefined) {
      this.halt(build, { reason: 'entry', step });
    } else this.go(build, 'breakpoint', () => build.walk.runTo(this.stops(build), true));
  }

  continue(): void {
    this.resume((build) => {
      this.go(build, 'breakpoint', () => build.walk.runTo(this.stops(build), false));
    });
  }

  next(): void {
    this.resume((build) => this.go(build, 'step', () => build.walk.runOne()));
  }

  pause(): void {
    if (this.state.kind === 'running') this.state.build.walk.pause();
  }

  /** @throws RequestError unless the session stands still */
  stopped(): { readonly build: Build; readonly stop: Stop } {
    if (this.state.kind !== 'stopped') {
      throw new RequestError('The build is not stopped at a step.');
    }
    return this.state;
  }

  /** Text of a vertex's log; readable after the end too. */
  log(digest: string, from: number): LogPiece {
    this.farewell.noticed();
    return this.readLog(digest, from);
  }

  /**
   * Where a shell opens: in the step of a vertex, else where the session stands.
   * @throws RequestError when there is no such place
   */
  shellAt(digest: string | undefined): ShellStep {
    const stop = this.state.kind === 'stopped' ? this.state.stop : undefined;
    if (digest === undefined) {
      const { build } = this.stopped();
      if (stop === undefined) throw new RequestError('The build is not stopped at a step.');
      return { ...build, step: stop.step, moment: momentOf(stop) };
    }
    if (this.state.kind !== 'stopped' && this.state.kind !== 'running') {
      throw new RequestError('A shell needs a build that is under way.');
    }
    const { build } = this.state;
    const step = build.job.steps.find((one) => one.ops.some((op) => op.digest === digest));
    if (step === undefined) {
      throw new RequestError('This node is no step of the build, so a shell cannot enter it.');
    }
    if (step === stop?.step) return { ...build, step, moment: momentOf(stop) };
    return { ...build, step, moment: { at: build.job.isDone(step) ? 'after' : 'before' } };
  }

  /** The file of a step, where it has one. */
  placed(build: Build, step: Step): PlacedStep {
    const [placed] = placedSteps([step], build.job.definitions, build.input);
    return placed ?? { step, path: undefined };
  }

  /** Ends the build, if one lives, with nothing left running. Safe to call again. */
  async end(): Promise<void> {
    this.leaving.abort();
    this.configured.open();
    await this.shells.close();
    const { state } = this;
    if (state.kind === 'starting') await state.launched?.job.cancel();
    if (state.kind === 'running' || state.kind === 'stopped') {
      const { outcome, message } = await state.build.job.cancel();
      this.ended(state.build, outcome, message);
    }
  }

  private stops(build: Build): (step: Step) => boolean {
    if (build.attributes.noDebug === true) return () => false;
    return (step) => this.breakpoints.at(this.placed(build, step)).length > 0;
  }

  /** Goes on from a stop; after a failure there is no way on, and the build ends. */
  private resume(on: (build: Build) => void): void {
    const { build, stop } = this.stopped();
    if (stop.failure === undefined) on(build);
    else {
      this.state = { kind: 'running', build };
      void this.fail(build, stop.failure.message);
    }
  }

  private go(build: Build, reason: 'breakpoint' | 'step', run: () => Promise<Halt>): void {
    this.state = { kind: 'running', build };
    run()
      .then((halt) => this.arrived(build, reason, halt))
      .catch((error: unknown) => {
        this.narrator.print(`${explain(error)}\n`, 'stderr');
        return this.fail(build, explain(error));
      });
  }

  private async arrived(build: Build, reason: 'breakpoint' | 'step', halt: Halt): Promise<void> {
    // The session may have been ended while the step ran.
    if (this.state.kind !== 'running' || this.leaving.signal.aborted) return;
    switch (halt.kind) {
      case 'before':
        this.halt(build, { reason, step: halt.step });
        break;
      case 'paused':
        this.halt(build, { reason: 'pause', step: halt.step });
        break;
      case 'failed':
        await this.stepFailed(build, halt.failure, halt.step);
        break;
      case 'end': {
        const { outcome, message } = await build.job.succeed();
        if (message !== undefined) this.narrator.print(`${message}\n`, 'stderr');
        this.ended(build, outcome, message);
        break;
      }
    }
  }

  private async stepFailed(build: Build, failure: StepFailure, step: Step | undefined) {
    const path = step === undefined ? undefined : this.placed(build, step).path;
    const at: TextPlace | undefined =
      step === undefined || path === undefined ? undefined : { path, line: step.firstLine };
    this.narrator.print(`${failure.message}\n`, 'stderr', at);
    if (build.attributes.noDebug === true || step === undefined) {
      await this.fail(build, failure.message);
    } else this.halt(build, { reason: 'exception', step, failure });
  }

  private halt(build: Build, stop: Stop): void {
    this.state = { kind: 'stopped', build, stop };
    const hitBreakpointIds = this.breakpoints.at(this.placed(build, stop.step));
    this.client.event('stopped', {
      reason: stop.reason,
      threadId,
      allThreadsStopped: true,
      ...(hitBreakpointIds.length === 0 ? {} : { hitBreakpointIds }),
      ...(stop.failure === undefined
        ? {}
        : { description: 'The step failed', text: stop.failure.message }),
    });
  }

  private async fail(build: Build, message: string): Promise<void> {
    await this.shells.close();
    const { outcome } = await build.job.fail(message);
    this.ended(build, outcome, message);
  }

  /** A launch that came to nothing: what was opened is closed, and the place is shown. */
  private async refuse(launched: Launched | undefined, error: unknown): Promise<void> {
    this.state = { kind: 'ended' };
    if (launched === undefined) return;
    const message = explain(error);
    if (!this.leaving.signal.aborted) {
      this.narrator.print(`${message}\n`, 'stderr', placeOf(error, launched));
    }
    const { outcome } = await launched.job.fail(message);
    this.narrator.end({ buildId: launched.job.id, outcome, message });
  }

  private ended(
    { job }: Launched,
    outcome: 'succeeded' | 'failed' | 'cancelled',
    message: string | undefined,
  ): void {
    if (this.state.kind === 'ended') return;
    this.state = { kind: 'ended' };
    this.narrator.end({ buildId: job.id, outcome, ...(message === undefined ? {} : { message }) });
    void this.farewell.taken(this.leaving.signal).then(() => {
      this.narrator.terminated(outcome === 'succeeded' ? 0 : 1);
    });
  }
}

function momentOf({ failure }: Stop): ShellMoment {
  return failure === undefined ? { at: 'before' } : { at: 'failure', failure };
}

/** The first place that BuildKit blames, in a file of ours. */
function placeOf(error: unknown, { input }: Launched): TextPlace | undefined {
  if (!(error instanceof BuildkitError) || error.code === Code.unavailable) return undefined;
  for (const { filename, ranges } of stepFailure(error).places) {
    const path = input.pathOfSource(filename);
    const line = ranges[0]?.start.line;
    if (path !== undefined && line !== undefined) return { path, line };
  }
  return undefined;
}

/** A promise that is opened from outside. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/**
 * One debug session: a state machine between DAP requests and a build.
 *
 * The states follow each other as DAP has it: `new` → `starting` (launch is under way; the client
 * sends its breakpoints) → `live` → `ended`. While it lives, every thread runs or stands by itself.
 * A Run is the same with no stops; one that needs several nodes of a builder is `nodes` in place of
 * `live`.
 */
import { BuildkitError } from '../../proto/client/buildkit-error';
import { type PreparedSession, prepareSession } from '../../proto/client/session/start';
import type { BuildEnd, BuildJob } from '../engine/job/build-job';
import { explain } from '../engine/failure/explain';
import type { LogPiece } from '../engine/progress/log-store';
import { type Program, programOf, type TrackStatement } from '../engine/debug/program';
import type { StepFailure } from '../engine/failure/step-failure';
import { failureAt, type Walk, type WalkStop } from '../engine/debug/walk';
import { Walks } from '../engine/debug/walks';
import { Breakpoints } from './breakpoints';
import { RequestError } from './connection';
import { Editing } from './editing';
import { placeAfterEdit, siteAfterEdit } from './edits';
import { Farewell } from './farewell';
import { FileRooms } from './file-rooms';
import { FirstShell, isForEnd } from './first-shell';
import { gate } from './gate';
import { BreakpointJudge } from './judge';
import { type Launched, launchJob, UnsavedTexts } from './launch';
import type { LiveBuild } from './live-build';
import { type Client, Narrator } from './narrator';
import type { NodesRun } from './nodes-run';
import { Places } from './places';
import { References } from './references';
import { Shells } from './shells';
import { positionsOf, siteOf, stoppedBody } from './stops';
import { placeIn, placeOf } from './text-places';

export type AdapterOptions = {
  /** The program that attaches a terminal, and its leading arguments; a link file is added. */
  readonly attachCommand: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What relative paths in launch attributes are relative to. */
  readonly cwd: string;
};

type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'starting'; readonly launched?: Launched }
  | { readonly kind: 'live'; readonly build: LiveBuild }
  /** A Run on several nodes. */
  | { readonly kind: 'nodes'; readonly run: NodesRun }
  | { readonly kind: 'ended' };

export class DebugSession {
  /** Whether the client serves `runInTerminal`, as it said in `initialize`. */
  hasTerminals = false;
  /** Whether the client opens shells itself, as it said since. */
  ownsTerminals = false;
  /** Whether the client understands `invalidated`, as it said in `initialize`. */
  hasInvalidated = false;
  readonly breakpoints = new Breakpoints();
  readonly unsaved = new UnsavedTexts();
  readonly references = new References();
  readonly rooms = new FileRooms(() => this.live());
  readonly shells: Shells;
  readonly narrator: Narrator;
  readonly farewell = new Farewell();
  readonly judge: BreakpointJudge;
  readonly places = new Places(() => this.live(), this.references);
  readonly editing: Editing;
  private state: State = { kind: 'new' };
  /** Ends a launch that is under way. */
  private leaving = new AbortController();
  private readonly configured = gate();
  private readonly goodbye = gate();
  /** Serves the local files of the build to come. */
  private thread: PreparedSession | undefined;
  private launchArguments: unknown;
  private isConfigured = false;
  /** The shell that the session was started for. */
  private readonly firstShell: FirstShell;
  /** BuildKit is gone. */
  private isBroken = false;
  /** The end of a build is not that of the session. */
  private isRestarting = false;
  /** The build goes on without its client. */
  private isLetGo = false;
  private readLog: (digest: string, from: number) => LogPiece = () => ({ text: '', next: 0 });

  constructor(
    private readonly client: Client,
    private readonly options: AdapterOptions,
  ) {
    this.narrator = new Narrator(client);
    this.shells = new Shells({
      attachCommand: options.attachCommand,
      terminals: () => {
        if (this.ownsTerminals) return 'own';
        return this.hasTerminals ? 'asked for' : 'none';
      },
      runInTerminal: (args) => client.request('runInTerminal', args),
      offer: (shell) => this.narrator.shell(shell),
      print: (text) => this.narrator.print(text, 'console'),
    });
    this.judge = new BreakpointJudge(this.breakpoints, {
      build: () => this.live(),
      log: (text, statement) => this.narrator.print(`${text}\n`, 'console', placeIn(statement)),
      complain: (text) => this.narrator.print(text, 'stderr'),
      endsAt: (statement) => isForEnd(this.live(), statement),
    });
    this.editing = new Editing({
      live: () => this.live(),
      editable: () => this.editable(),
      moved: () => this.tellPositions(),
      take: (build, program) => this.take(build, program),
      narrator: this.narrator,
      unsaved: this.unsaved,
      cwd: options.cwd,
    });
    this.firstShell = new FirstShell(this.shells, (text) => this.narrator.print(text, 'stderr'));
  }

  /** Resolves when the client has said good-bye, and nothing has to go on without it. */
  get left(): Promise<void> {
    return this.goodbye.passed;
  }

  /** Whether the build is to end by itself, whatever happens to the client. */
  get goesOnAlone(): boolean {
    return this.isLetGo && (this.state.kind === 'live' || this.state.kind === 'nodes');
  }

  leave(): void {
    if (!this.goesOnAlone) this.goodbye.open();
  }

  /** Starts what every build needs, while it is not known yet which one is to come. */
  prepare(): void {
    this.thread ??= prepareSession();
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
    this.launchArguments = args;
    this.state = { kind: 'starting' };
    this.isBroken = false;
    this.firstShell.rearm();
    let launched: Launched | undefined;
    try {
      const ready = await launchJob(args, {
        ...this.options,
        signal: this.leaving.signal,
        unsaved: this.unsaved,
        narrator: this.narrator,
        thread: () => this.takeThread(),
        lost: (error) => void this.broken(error),
        preview: (program) => {
          if (program !== undefined) this.narrator.breakpoints(this.breakpoints.update(program));
          // A restart keeps what was configured.
          if (!this.isConfigured) this.client.event('initialized');
        },
      });
      if (ready.kind === 'nodes') {
        await this.launchRun(ready.run);
        return;
      }
      launched = ready;
      const { job, input, attributes } = launched;
      this.readLog = (digest, from) => job.log(digest, from);
      this.state = { kind: 'starting', launched };
      await this.untilConfigured();
      await job.define();
      const program = programOf(job.results, input);
      this.narrator.breakpoints(this.breakpoints.update(program));
      if (attributes.stopAt !== undefined) {
        this.breakpoints.stopOnceAt(input.path, attributes.stopAt);
      }
      this.state = { kind: 'live', build: { ...launched, walks: this.walksOf(job, program) } };
      if (input.outline() !== undefined) this.editing.watch(input.path);
    } catch (error) {
      const message = await this.refuse(launched, error);
      throw new RequestError(message, { cause: error });
    }
  }

  private async launchRun(run: NodesRun): Promise<void> {
    this.takeThread()?.abandon();
    this.readLog = (digest, from) => run.log(digest, from);
    await this.untilConfigured();
    this.state = { kind: 'nodes', run };
    await run.prepare();
  }

  private async untilConfigured(): Promise<void> {
    if (this.leaving.signal.aborted) throw new RequestError('The session was ended.');
    await this.configured.passed;
    this.isConfigured = true;
  }

  /** Starts what {@link launch} made ready; called once its response is out. */
  begin(): void {
    if (this.state.kind === 'nodes') void this.state.run.run()?.then((end) => this.ended(end));
    if (this.state.kind !== 'live') return;
    const { walks, attributes } = this.state.build;
    if (attributes.noDebug === true) {
      void this.runThrough(this.state.build);
      return;
    }
    for (const { id } of walks.all) this.narrator.thread(id, 'started');
    if (attributes.stopOnEntry === true) walks.stopAtEntry();
    else walks.startAll();
    this.tellPositions();
  }

  /**
   * Ends what lives and starts over, with new attributes where some are given.
   * @throws RequestError as {@link launch} does
   */
  async restart(args: unknown): Promise<void> {
    this.isRestarting = true;
    await this.endBuild();
    this.leaving = new AbortController();
    this.state = { kind: 'new' };
    this.isRestarting = false;
    await this.launch(args ?? this.launchArguments);
  }

  /**
   * The threads. There are none before the definition is there, though VS Code asks as soon as
   * breakpoints are set, none after the end, and none in a build that only runs on several nodes.
   */
  get walks(): readonly Walk[] {
    return this.state.kind === 'live' ? this.state.build.walks.all : [];
  }

  /** @throws RequestError unless a build lives that can stop */
  live(): LiveBuild {
    if (this.state.kind !== 'live') throw new RequestError('There is no build under way.');
    return this.state.build;
  }

  /** What a thread did before is over once it goes on. Runs after the response is out. */
  resume(walk: Walk, go: (walks: Walks) => void): void {
    const { walks } = this.live();
    const failure = failureAt(walk);
    this.forget(walk);
    if (failure === undefined) {
      go(walks);
      this.tellPositions();
    } else void this.fail(failure.message);
  }

  /** As {@link resume}, for ways that lead away from a failure and not through it. */
  move(walk: Walk, go: (walks: Walks) => void | Promise<void>): void {
    this.forget(walk);
    void Promise.resolve(go(this.live().walks)).then(() => this.tellPositions());
  }

  /** The editor's text of a file; a build that lives goes on with it. */
  edited(path: string, text: string, version: number): Promise<void> {
    this.unsaved.set(path, text, version);
    this.farewell.noticed();
    return this.editing.change({ path, text });
  }

  /** Text of a vertex's log; readable after the end too. */
  log(digest: string, from: number): LogPiece {
    this.farewell.noticed();
    return this.readLog(digest, from);
  }

  /** Nothing stops the build any more, and it ends by itself. */
  letGo(): void {
    this.isLetGo = true;
    this.breakpoints.clear();
    if (this.state.kind !== 'live') return;
    const { walks } = this.state.build;
    const failed = walks.all.map(failureAt).find((failure) => failure !== undefined);
    if (failed !== undefined) void this.fail(failed.message);
    else walks.runFree();
  }

  /** Ends the build, if one lives, with nothing left running. Safe to call again. */
  async end(): Promise<void> {
    if (this.goesOnAlone) await this.goodbye.passed;
    this.configured.open();
    await this.endBuild();
  }

  private takeThread(): PreparedSession | undefined {
    const { thread } = this;
    this.thread = undefined;
    return thread;
  }

  private async endBuild(): Promise<void> {
    this.leaving.abort();
    this.takeThread()?.abandon();
    this.editing.stopWatching();
    const { state } = this;
    if (state.kind === 'starting') await state.launched?.job.cancel();
    if (state.kind === 'live') {
      state.build.walks.end();
      await this.closePlaces();
      this.ended(await state.build.job.cancel());
    }
    if (state.kind === 'nodes') await state.run.ended();
    await this.closePlaces();
  }

  private async closePlaces(): Promise<void> {
    await Promise.all([this.shells.close(), this.rooms.close()]);
    await this.editing.end();
  }

  private walksOf(job: BuildJob, program: Program): Walks {
    return new Walks(job, program, this.judge, {
      stopped: (walk, stop) => this.halted(walk, stop),
      waiting: () => this.tellPositions(),
      finished: (walk) => {
        this.forget(walk);
        this.narrator.thread(walk.id, 'exited');
        this.tellPositions();
      },
      allFinished: () => void this.succeed(),
      gaveUp: (failure, statement) => {
        this.tellFailure(failure, statement);
        void this.fail(failure.message);
      },
      broken: (error) => void this.broken(error),
    });
  }

  private async runThrough(build: LiveBuild): Promise<void> {
    try {
      await build.job.runAll();
    } catch (error) {
      if (this.leaving.signal.aborted) return;
      if (!(error instanceof BuildkitError)) throw error;
      const failure = await build.job.failureOf(error);
      const step = await build.job.failedStep(failure);
      const statement = build.walks.program.tracks
        .flatMap(({ statements }) => statements)
        .find((one) => one.step?.ops.some(({ digest }) => digest === step?.digest));
      this.tellFailure(failure, statement);
      await this.fail(failure.message);
      return;
    }
    await this.succeed();
  }

  private async succeed(): Promise<void> {
    if (this.state.kind !== 'live' || this.leaving.signal.aborted) return;
    const { job, walks } = this.state.build;
    walks.end();
    // Before the job takes them along: their terminals hear that the session is over, not that
    // their shell has ended by itself.
    await this.closePlaces();
    const end = await job.succeed();
    if (end.message !== undefined) this.narrator.print(`${end.message}\n`, 'stderr');
    this.ended(end);
  }

  /** Not a step failed but the build: it ends, and says why, once. */
  private async broken(error: unknown): Promise<void> {
    if (this.isBroken || this.state.kind !== 'live') return;
    this.isBroken = true;
    const message = explain(error);
    this.narrator.print(`${message}\n`, 'stderr');
    await this.fail(message);
  }

  private async fail(message: string): Promise<void> {
    if (this.state.kind !== 'live') return;
    const { job, walks } = this.state.build;
    walks.end();
    await this.closePlaces();
    const { outcome } = await job.fail(message);
    this.ended({ buildId: job.id, outcome, message });
  }

  private halted(walk: Walk, stop: WalkStop): void {
    const { statement, failure } = stop;
    if (failure !== undefined && stop.inside !== true) this.tellFailure(failure, statement);
    this.forget(walk);
    if (failure !== undefined && (this.ownsTerminals || this.hasTerminals)) {
      this.shells.ready.prepare(walk.id, this.live(), siteOf(stop));
    }
    this.narrator.stopped(stoppedBody(this.live().walks, walk, stop));
    this.tellPositions();
    void this.firstShell.stopped(this.live(), stop);
  }

  private tellFailure(failure: StepFailure, statement: TrackStatement | undefined): void {
    const at = statement === undefined ? undefined : placeIn(statement);
    this.narrator.print(`${failure.message}\n`, 'stderr', at);
  }

  private tellPositions(): void {
    if (this.state.kind !== 'live') return;
    this.narrator.position(positionsOf(this.state.build));
  }

  /** The numbers and containers of a thread's stop mean nothing any more. */
  private forget(walk: Walk): void {
    this.references.forget(walk.id);
    void this.rooms.close(walk.id);
    void this.shells.ready.forget(walk.id);
  }

  /** A Run goes on with what it was started with. */
  private editable(): LiveBuild | undefined {
    const build = this.state.kind === 'live' ? this.state.build : undefined;
    return build?.attributes.noDebug === true ? undefined : build;
  }

  /** Another job or program in place of the one so far; threads keep their places. */
  private take(build: LiveBuild, program: Program): void {
    this.state = { kind: 'live', build };
    this.readLog = (digest, from) => build.job.log(digest, from);
    this.references.move((site) => siteAfterEdit(site, program));
    void this.rooms.close();
    void this.shells.ready.forget();
    build.walks.replace(build.job, program, placeAfterEdit);
    this.narrator.breakpoints(this.breakpoints.update(program));
    if (this.hasInvalidated) this.narrator.invalidated();
    this.tellPositions();
  }

  /** A launch that came to nothing: what was opened is closed, the place is shown, and what it was is told. */
  private async refuse(launched: Launched | undefined, error: unknown): Promise<string> {
    this.state = { kind: 'ended' };
    if (launched === undefined) return explain(error);
    const { job } = launched;
    // Steps run before there is a definition, too: those of a derivation's earlier stages.
    const message =
      error instanceof BuildkitError ? (await job.failureOf(error)).message : explain(error);
    if (!this.leaving.signal.aborted) {
      this.narrator.print(`${message}\n`, 'stderr', placeOf(error, launched));
    }
    const { outcome } = await job.fail(message);
    this.narrator.end({ buildId: job.id, outcome, message });
    return message;
  }

  private ended({ buildId, outcome, message }: Omit<BuildEnd, 'exported'>): void {
    if (this.state.kind === 'ended') return;
    const found = this.state.kind === 'live' ? this.state.build.job.warnings : [];
    this.state = { kind: 'ended' };
    this.editing.stopWatching();
    const reason = message === undefined ? {} : { message };
    this.narrator.end({ buildId, outcome, ...reason }, found);
    if (this.isRestarting) return;
    void this.farewell.taken(this.leaving.signal).then(() => {
      this.narrator.terminated(outcome === 'succeeded' ? 0 : 1);
      if (this.isLetGo) this.goodbye.open();
    });
  }
}

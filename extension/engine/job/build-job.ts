/**
 * One build: a job held open on BuildKit from the first question to the last answer.
 *
 * The job is a `Control.Solve` with no frontend that stays pending while everything happens through
 * the gateway: the definition, solving steps one by one or all at once, shells. `Return` ends it
 * with a result, which exports it, or with an error. Local files are served by a session in a
 * worker thread with a connection of its own.
 */
import { randomBytes } from 'node:crypto';
import type { BuilderAddress } from '../../../proto/client/address';
import { BuildkitError, Code, isCancelled } from '../../../proto/client/buildkit-error';
import type { Connection } from '../../../proto/client/connect';
import type { Gateway } from '../../../proto/client/gateway';
import type { StatusResponse } from '../../../proto/generated/control';
import type * as ops from '../../../proto/generated/ops';
import type { BuildGraph } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { BuildFailure, type BuildInput, type DefinedBuild } from '../input/build-input';
import { BuildRecorder } from '../records/recorder';
import type { LogPiece } from '../progress/log-store';
import { buildGraphOf } from './build-graph-of';
import type { BuildEnd, JobParts } from './job-parts';
import { JobSolver } from './job-solver';
import { inLentJob } from './lent-job';
import { StepStates } from './step-states';
import { StatusFeed } from '../progress/status-feed';
import { stepFailure, type StepFailure } from '../failure/step-failure';
import { unmetExporters } from '../request/exporter-fields';
import { unmetLimits } from '../request/resource-limits';
import { frontier, type Step, stepsOf } from '../debug/steps';
import type { BuildWarning } from '../progress/status-feed';

export type { BuildEnd, JobEvents, JobParts } from './job-parts';

/** How long a finished job's status stream may take to run dry. Milliseconds. */
const statusGrace = 3_000;

export class BuildJob {
  readonly id = randomBytes(16).toString('hex');
  readonly started = Date.now();
  readonly gateway: Gateway;
  private readonly feed: StatusFeed;
  /** Ends everything this job has open. */
  private readonly stop = new AbortController();
  private readonly solved: Promise<ReadonlyMap<string, string>>;
  private readonly followed: Promise<void>;
  private ending: Promise<BuildEnd> | undefined;
  private build: DefinedBuild | undefined;
  /** Whether the feed has the graph of {@link build}. */
  private drawn = false;
  private stepList: readonly Step[] | undefined;
  private caps: ReadonlySet<string> = new Set();
  private workerIds: readonly string[] = [];
  private readonly recorder: BuildRecorder | undefined;
  private readonly solver: JobSolver;
  private readonly states = new StepStates(() => this.draw());
  private input: BuildInput;

  constructor(private readonly parts: JobParts) {
    const { connection, session, sent, input, request, events } = parts;
    this.input = input;
    // Questions are no builds.
    if (request.solve.internal !== true) this.recorder = new BuildRecorder(this.started, sent);
    this.feed = new StatusFeed({
      ...(events.patch === undefined ? {} : { patch: (patch) => events.patch?.(patch, this.id) }),
      output: (text) => events.output(text),
      keepsLogs: input.explain !== undefined,
      ...(events.status === undefined ? {} : { status: (response) => events.status?.(response) }),
    });
    this.gateway = connection.gateway(this.id);
    this.solver = new JobSolver(this.gateway, this.stop.signal, (call) => this.orEnd(call));
    this.solved = connection.control
      .solve(
        {
          ref: this.id,
          session: session.id,
          ...request.solve,
          frontendAttrs: new Map(Object.entries({ ...input.attributes, ...request.attributes })),
          entitlements: [
            ...new Set([...input.entitlements, ...(request.solve.entitlements ?? [])]),
          ],
        },
        { signal: this.stop.signal },
      )
      .then((response) => response.exporterResponse);
    // Whoever ends the job looks at the outcome; until then a failure is no unhandled one.
    this.solved.catch((error: unknown) => {
      if (this.ending === undefined && !this.stop.signal.aborted) events.lost?.(error);
    });
    this.followed = this.follow();
  }

  get graph(): BuildGraph {
    return this.draw();
  }

  /** The steps of all results in text order; empty before {@link define}. */
  get steps(): readonly Step[] {
    return (this.stepList ??= this.results.flatMap(({ definition }) => stepsOf(definition)));
  }

  get definitions(): readonly Definition[] {
    return this.build?.results.map(({ definition }) => definition) ?? [];
  }

  /** Ids of the builder's workers, whose cache the results are in; empty before {@link define}. */
  get workers(): readonly string[] {
    return this.workerIds;
  }

  /** What the builder can be asked besides the job. */
  get control(): Connection['control'] {
    return this.parts.connection.control;
  }

  /** Frontend attributes besides the input's own. */
  get attributes(): Readonly<Record<string, string>> {
    return this.parts.request.attributes;
  }

  /** The node that it runs on. */
  get address(): BuilderAddress {
    return this.parts.connection.address;
  }

  get sessionId(): string {
    return this.parts.session.id;
  }

  get warnings(): readonly BuildWarning[] {
    return this.feed.warnings;
  }

  /** The results of the definition; empty before {@link define}. */
  get results(): DefinedBuild['results'] {
    return this.build?.results ?? [];
  }

  /**
   * Asks for the definition and tells the graph. Asked again with another input, what has run
   * already is known wherever its ops are the same.
   * @throws BuildkitError or BuildFailure when the file does not make one
   */
  async define(input: BuildInput = this.input): Promise<DefinedBuild> {
    const { session, events } = this.parts;
    const info = await this.orEnd(this.gateway.ping({ signal: this.stop.signal }));
    const refusal = unmetExporters(this.parts.request.solve, info.llbCaps);
    if (refusal !== undefined) throw new BuildFailure(refusal);
    const unmet = unmetLimits(input.attributes ?? {}, info.llbCaps);
    if (unmet !== undefined && this.build === undefined) events.output(`${unmet}\n`);
    const build = await this.orEnd(
      input.define({
        gateway: this.gateway,
        info,
        sessionId: session.id,
        askLent: (name, ask) => this.askLent(name, ask),
        attributes: this.parts.request.attributes,
        compared: events.graph !== undefined,
        signal: this.stop.signal,
      }),
    );
    this.build = build;
    this.input = input;
    this.caps = info.llbCaps;
    this.workerIds = info.workers.map(({ id }) => id);
    this.recorder?.begin(this.definitions, { ...input, session: session.id });
    this.stepList = undefined;
    this.drawn = false;
    events.defined?.(build, { id: this.id, input });
    if (events.graph !== undefined) events.graph(this.draw(), { id: this.id, input });
    return build;
  }

  private askLent<T>(name: string, ask: (gateway: Gateway) => Promise<T>): Promise<T> {
    const { connection, lent } = this.parts;
    const session = lent.get(name);
    if (session === undefined) throw new Error(`no session has the files of "${name}"`);
    const status = (response: StatusResponse) => this.feed.push(response);
    return inLentJob({ connection, session, status, signal: this.stop.signal }, ask);
  }

  /** The graph with all status so far; made when it is first asked for. */
  private draw(): BuildGraph {
    if (this.drawn || this.build === undefined) {
      this.feed.flush();
      return this.feed.graph;
    }
    this.drawn = true;
    return this.feed.begin(buildGraphOf([this.build], this.input));
  }

  /**
   * Runs everything that the results need, as parallel as BuildKit likes.
   * @throws BuildkitError of the first step that failed
   */
  async runAll(signal?: AbortSignal): Promise<void> {
    const { results } = this.defined();
    await this.runAtOnce(
      results.map(({ ref, definition }) => async (stopped: AbortSignal) => {
        if (ref !== undefined && !this.solver.runsAgain) {
          await this.gateway.evaluate(ref, { signal: stopped });
        } else {
          const terminal = definition.ops.at(-1);
          const [root] = terminal?.op.op.kind === 'terminal' ? terminal.op.inputs : [];
          if (root !== undefined) {
            await this.solver.solve(definition, root.digest, root.index, stopped);
          }
        }
      }),
      signal,
    );
    if (results.some(({ nested }) => nested === true)) this.feed.restIsCached();
  }

  /** Whether BuildKit knows an LLB capability, e.g. `diffop`. */
  can(capability: string): boolean {
    return this.caps.has(capability);
  }

  /** Of some steps those whose results need all others. */
  frontierOf(steps: readonly Step[]): readonly Step[] {
    return frontier(this.definitions, steps);
  }

  /**
   * Makes a step run again at its next solve, without the cache, and forgets what rests on it.
   * BuildKit remembers the outcome of that run too, so in one job this works once a step.
   * @returns false when the step was run again in this job already
   */
  runAgain(step: Step): boolean {
    return this.solver.runAgain(step.ops.map(({ digest }) => digest));
  }

  /** Another job on the same session: the same digests, and nothing remembered of failures. */
  successor(): BuildJob {
    this.parts.share();
    return new BuildJob({ ...this.parts, input: this.input });
  }

  /** Runs these steps and what they need. @throws BuildkitError of the first one that failed */
  async runSteps(steps: readonly Step[], signal?: AbortSignal): Promise<void> {
    const digests = steps.flatMap((step) => step.ops.map((one) => one.digest));
    await this.runAtOnce(
      digests.map((digest) => async (stopped: AbortSignal) => {
        await this.solve(digest, 0, stopped);
      }),
      signal,
    );
  }

  /**
   * The gateway's name for an output of an op, evaluated; the same one each time.
   * @throws BuildkitError when it cannot be made
   */
  async solve(digest: Digest, index = 0, signal?: AbortSignal): Promise<string> {
    const definition = this.definitionOf(digest);
    if (definition === undefined) throw new Error(`no op ${digest} in this build`);
    return this.solver.solve(definition, digest, index, signal);
  }

  /** Solves a definition of the caller's own inside this job; the gateway's name for its result. */
  solveDefinition(definition: ops.Definition, signal?: AbortSignal): Promise<string> {
    return this.solver.solveDefinition(definition, signal);
  }

  /** The definition that holds an op. */
  definitionOf(digest: string): Definition | undefined {
    return this.definitions.find((definition) =>
      definition.ops.some((one) => one.digest === digest),
    );
  }

  /** Whether all of a step has run, now or in an earlier build. */
  isDone(step: Step): boolean {
    return this.states.isDone(step);
  }

  /** Whether a step that was just solved came from the cache; undefined where nobody says so. */
  wasCached(step: Step): Promise<boolean | undefined> {
    return this.states.wasCached(step);
  }

  /** The step that a failure belongs to, also where another build ran it. */
  failedStep(failure: StepFailure): Promise<Step | undefined> {
    return this.states.failed(this.steps, failure);
  }

  /** What failed, in the input's own words where it has some. */
  async failureOf(error: BuildkitError): Promise<StepFailure> {
    const failure = stepFailure(error);
    const message = await this.input.explain?.(error, this);
    return message === undefined ? failure : { ...failure, message };
  }

  log(digest: string, from: number): LogPiece {
    this.feed.flush();
    return this.feed.logs.read(digest, from);
  }

  /** What a step has written to standard error. */
  errorLog(digest: string): string {
    this.feed.flush();
    return this.feed.logs.errors(digest);
  }

  /** Ends the job with its result: exporters run now. Later calls give the first end again. */
  succeed(): Promise<BuildEnd> {
    this.ending ??= this.end('succeeded', async () => {
      const { results, metadata } = this.defined();
      const refs = new Map(
        await Promise.all(
          results.map(async ({ id, ref, definition }): Promise<[string, { id: string }]> => {
            // The frontend's own result knows nothing of steps that were run again.
            if (ref !== undefined && !this.solver.runsAgain) return [id, { id: ref }];
            const [root] = definition.ops.at(-1)?.op.inputs ?? [];
            const made = root === undefined ? '' : await this.solve(root.digest, root.index);
            return [id, { id: made }];
          }),
        ),
      );
      await this.measure();
      const single = refs.get('');
      await this.gateway.return({
        result: single === undefined ? { refs: { refs }, metadata } : { ref: single, metadata },
      });
    });
    return this.ending;
  }

  /** Tells the graph what its steps have made; a build is no worse without. */
  private async measure(): Promise<void> {
    const { events } = this.parts;
    if (events.graph === undefined || this.input.measure === undefined) return;
    try {
      this.feed.settle();
      this.feed.made(await this.input.measure());
    } catch (error) {
      if (this.stop.signal.aborted) throw error;
      events.output(`The sizes of outputs are not known: ${asError(error).message}\n`);
    }
  }

  /** Ends the job as failed, which is how BuildKit's history will show it. */
  fail(message: string): Promise<BuildEnd> {
    this.ending ??= this.end(
      'failed',
      () => this.gateway.return({ error: { code: Code.unknown, message } }),
      message,
    );
    return this.ending;
  }

  /** Stops everything, also a result that is just being made or exported; nothing runs on. */
  cancel(): Promise<BuildEnd> {
    if (this.ending !== undefined) this.stop.abort();
    this.ending ??= this.end('cancelled', () => {
      this.stop.abort();
      return Promise.resolve();
    });
    return this.ending;
  }

  private async end(
    outcome: BuildEnd['outcome'],
    finish: () => Promise<void>,
    message?: string,
  ): Promise<BuildEnd> {
    let end: BuildEnd = {
      buildId: this.id,
      outcome,
      exported: new Map(),
      ...(message === undefined ? {} : { message }),
    };
    try {
      await this.orEnd(finish());
      const exported = await this.solved;
      await this.parts.request.finish(exported);
      const more = await this.parts.afterwards?.(this.id);
      end = { ...end, exported: new Map([...exported, ...(more ?? [])]) };
    } catch (error) {
      // A job that we fail or cancel rejects with just that; only a success can come out worse.
      if (outcome === 'succeeded') end = { ...end, ...endOf(error), error, ...this.lost(error) };
    }
    await this.settle();
    await Promise.all([this.parts.release(), this.remember(end)]);
    return end;
  }

  /**
   * A failure whose details are too long for a header takes the connection with it. Why the build
   * failed has come by the status stream already.
   */
  private lost(error: unknown): Pick<BuildEnd, 'message' | 'error'> {
    const message = this.feed.failure;
    if (!(error instanceof BuildkitError) || error.code !== Code.unavailable) return {};
    return message === undefined
      ? {}
      : { message, error: new BuildkitError(Code.unknown, message) };
  }

  private async remember({ outcome }: BuildEnd): Promise<void> {
    if (this.build === undefined || this.recorder === undefined) return;
    try {
      await this.recorder.finish(
        {
          buildId: this.id,
          file: this.input.path,
          builder: this.workerIds.join(' '),
          outcome,
        },
        this.graph,
        this.definitions,
      );
    } catch (error) {
      this.parts.events.output(`This build could not be remembered: ${asError(error).message}\n`);
    }
  }

  /** Waits for the last of the status; nothing of the job is under way after it. */
  private async settle(): Promise<void> {
    await Promise.race([this.followed, new Promise((resolve) => setTimeout(resolve, statusGrace))]);
    this.stop.abort();
    this.feed.end();
  }

  private async follow(): Promise<void> {
    try {
      const stream = this.parts.connection.control.status(this.id, { signal: this.stop.signal });
      for await (const response of stream) this.feed.push(response);
    } catch {
      // The job's own call says why it ended; the stream only ends with it.
    }
  }

  /** Runs tasks side by side; the first that fails stops the others and is the one reported. */
  private async runAtOnce(
    tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.feed.settle();
    try {
      await this.solver.firstFailure(tasks, signal);
    } catch (error) {
      // What the step has printed goes before its failure.
      this.feed.flush();
      throw error;
    }
    // Whoever waits for the tasks hears of their end before the graph does.
    setImmediate(() => this.feed.flush());
  }

  /** A call inside the job; when the job itself ended, its error is the one that explains. */
  private async orEnd<T>(call: Promise<T>): Promise<T> {
    const ended = new Promise<never>((_, reject) => {
      this.solved.catch((error: unknown) => reject(asError(error)));
    });
    ended.catch(() => undefined);
    return Promise.race([call, ended]);
  }

  private defined(): DefinedBuild {
    if (this.build === undefined) throw new Error('the build is not defined yet');
    return this.build;
  }
}

function endOf(error: unknown): Pick<BuildEnd, 'outcome' | 'message'> {
  if (isCancelled(error)) return { outcome: 'cancelled' };
  return { outcome: 'failed', message: asError(error).message };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

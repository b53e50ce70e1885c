/**
 * A debug session as somebody at a terminal has it: one thread and one frame are looked at, and
 * going on lasts until the build stands again or is over.
 */
import { readFile } from 'node:fs/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  PositionEvent,
  type PositionEventBody,
  ShellEvent,
  type ShellEventBody,
} from '../../../proto/messages/debug-adapter';
import { RequestError } from '../../debug-adapter/connection';
import { InProcessAdapter } from '../../debug-adapter/in-process';
import type { AdapterOptions } from '../../debug-adapter/session';
import { listing, type ListingStyle } from './listing';

type Stop = DebugProtocol.StoppedEvent['body'];
export type Thread = PositionEventBody['threads'][number];

/** Bodies of the answers that are read here. */
type Answers = {
  readonly stackTrace: DebugProtocol.StackTraceResponse['body'];
  readonly scopes: DebugProtocol.ScopesResponse['body'];
  readonly variables: DebugProtocol.VariablesResponse['body'];
  readonly evaluate: DebugProtocol.EvaluateResponse['body'];
  readonly source: DebugProtocol.SourceResponse['body'];
  readonly setBreakpoints: DebugProtocol.SetBreakpointsResponse['body'];
  readonly setDataBreakpoints: DebugProtocol.SetDataBreakpointsResponse['body'];
  readonly gotoTargets: DebugProtocol.GotoTargetsResponse['body'];
};

export type SessionWords = {
  /** What the build prints. */
  readonly build: (text: string) => void;
  /** What happens to threads that are not looked at. */
  readonly note: (text: string) => void;
};

export class TerminalSession {
  threads: readonly Thread[] = [];
  /** The link file of a shell that was opened and that nobody is attached to yet. */
  offeredShell: ShellEventBody | undefined;
  /** How the build ended, as an exit code; undefined while it lives. */
  exitCode: number | undefined;
  isOver = false;
  /** The thread that is looked at. */
  private current: number | undefined;
  private frameIndex = 0;
  private goesOn = false;
  private readonly stops = new Map<number, Stop>();
  private readonly watchers = new Set<() => void>();
  private readonly adapter: InProcessAdapter;
  /** Resolves when breakpoints may be set. */
  readonly initialized: Promise<void>;
  private initialize: () => void = () => undefined;

  constructor(
    options: AdapterOptions,
    private readonly words: SessionWords,
    private readonly style: ListingStyle,
  ) {
    this.initialized = new Promise((resolve) => (this.initialize = resolve));
    this.adapter = new InProcessAdapter(options, (event, body) => this.heard(event, body));
  }

  /** @throws RequestError where the adapter refuses */
  request<C extends keyof Answers>(command: C, args: unknown): Promise<Answers[C]>;
  request(command: string, args?: unknown): Promise<unknown>;
  request(command: string, args: unknown = {}): Promise<unknown> {
    return this.adapter.request(command, args);
  }

  close(): Promise<void> {
    return this.adapter.close();
  }

  /** Whether a thread stands in a step that failed. */
  get hasFailed(): boolean {
    return [...this.stops.values()].some(({ reason }) => reason === 'exception');
  }

  /** The thread that is looked at. @throws RequestError when none stands */
  get threadId(): number {
    if (this.isOver) throw new RequestError('The build is over; "quit" leaves.');
    if (this.current === undefined) throw new RequestError('The build is not stopped at a step.');
    return this.current;
  }

  get thread(): Thread | undefined {
    return this.threads.find(({ id }) => id === this.current);
  }

  /** Lets the build go on by a request, until it stands or is over. */
  async go(command: string, args: unknown): Promise<void> {
    const stands = this.untilItStands();
    try {
      await this.request(command, args);
    } catch (error) {
      this.goesOn = false;
      this.wake();
      throw error;
    }
    await stands;
  }

  /** Resolves when a thread stops, none can go on any more, or the build is over. */
  async untilItStands(): Promise<void> {
    this.goesOn = true;
    this.current = undefined;
    this.frameIndex = 0;
    await new Promise<void>((resolve) => this.whenItStands(resolve));
  }

  private isGoing(): boolean {
    return this.goesOn && !this.isOver;
  }

  /** Calls back once the build stands or is over; at once if it does. */
  whenItStands(then: () => void): void {
    if (!this.isGoing()) {
      then();
      return;
    }
    const watcher = () => {
      if (this.isGoing()) return;
      this.watchers.delete(watcher);
      then();
    };
    this.watchers.add(watcher);
  }

  /** Asks all that runs to stop at its next step. */
  async pause(): Promise<void> {
    const running = this.threads.filter(({ state }) => state === 'running' || state === 'waiting');
    await Promise.all(running.map(({ id }) => this.request('pause', { threadId: id })));
  }

  /** The stack of the thread that is looked at. */
  async frames(): Promise<readonly DebugProtocol.StackFrame[]> {
    const { stackFrames } = await this.request('stackTrace', { threadId: this.threadId });
    return stackFrames;
  }

  async frame(): Promise<DebugProtocol.StackFrame> {
    const frame = (await this.frames())[this.frameIndex];
    if (frame === undefined) throw new RequestError('There is no such frame.');
    return frame;
  }

  async lookAtFrame(index: number): Promise<void> {
    const count = (await this.frames()).length;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new RequestError(`There are frames 0 to ${count - 1}.`);
    }
    this.frameIndex = index;
  }

  get frameNumber(): number {
    return this.frameIndex;
  }

  lookAtThread(id: number): void {
    const thread = this.threads.find((one) => one.id === id);
    if (thread === undefined) throw new RequestError(`There is no thread ${id}.`);
    if (thread.state !== 'stopped') {
      throw new RequestError(`Thread ${id} is not stopped: it is ${thread.state}.`);
    }
    this.current = id;
    this.frameIndex = 0;
  }

  /** Where the thread that is looked at stands and why, with the lines around. */
  async whereabouts(): Promise<string> {
    const frame = await this.frame();
    const stop = this.current === undefined ? undefined : this.stops.get(this.current);
    const { source, line } = frame;
    const place = source === undefined ? frame.name : `${source.name ?? ''}:${line}`;
    const thread = this.thread?.name;
    const why = stop?.description ?? (stop === undefined ? undefined : reasonText(stop.reason));
    const head = [place, thread, why].filter((one) => one !== undefined && one !== '').join(' · ');
    const lines = await this.lines(frame);
    return lines === undefined ? head : `${head}\n${lines}`;
  }

  /** Lines of the file around a frame, or around another line of it. */
  async lines(frame: DebugProtocol.StackFrame, line?: number): Promise<string | undefined> {
    const { source } = frame;
    if (source === undefined) return undefined;
    const text =
      source.path === undefined
        ? (await this.request('source', { sourceReference: source.sourceReference, source }))
            .content
        : await readFile(source.path, 'utf8');
    return line === undefined
      ? listing(text, frame.line, frame.endLine ?? frame.line, this.style)
      : listing(text, line, line, { ...this.style, mark: (row) => row.replace('→', ' ') });
  }

  private heard(event: string, body: unknown): void {
    switch (event) {
      case 'initialized':
        this.initialize();
        break;
      case 'output':
        this.words.build((body as DebugProtocol.OutputEvent['body']).output);
        break;
      case 'stopped':
        this.hasStopped(body as Stop);
        break;
      case PositionEvent:
        this.threads = (body as PositionEventBody).threads;
        this.forgetStops();
        this.lookForEnd();
        break;
      case ShellEvent:
        this.offeredShell = body as ShellEventBody;
        break;
      case 'exited':
        this.exitCode = (body as DebugProtocol.ExitedEvent['body']).exitCode;
        break;
      case 'terminated':
        this.isOver = true;
        this.current = undefined;
        this.wake();
    }
  }

  private hasStopped(stop: Stop): void {
    const { threadId } = stop;
    if (threadId === undefined) return;
    this.stops.set(threadId, stop);
    if (this.goesOn || this.current === threadId) {
      this.standAt(threadId);
    } else {
      this.words.note(`Thread ${threadId} has stopped: ${reasonText(stop.reason)}.`);
    }
  }

  private standAt(threadId: number): void {
    this.current = threadId;
    this.frameIndex = 0;
    this.goesOn = false;
    this.wake();
  }

  private forgetStops(): void {
    const stopped = new Set(
      this.threads.filter(({ state }) => state === 'stopped').map(({ id }) => id),
    );
    for (const id of this.stops.keys()) if (!stopped.has(id)) this.stops.delete(id);
  }

  /** Where all that is left waits for a thread that stands, that one is next. */
  private lookForEnd(): void {
    if (!this.goesOn || this.threads.some(({ state }) => state === 'running')) return;
    const standing = this.threads.find(({ state }) => state === 'stopped');
    if (standing !== undefined) this.standAt(standing.id);
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }
}

/** DAP's reasons in words. */
const reasons: Readonly<Record<string, string>> = {
  breakpoint: 'a breakpoint',
  'data breakpoint': 'a watched path has changed',
  'function breakpoint': 'a breakpoint',
  'instruction breakpoint': 'a breakpoint',
  entry: 'the start',
  exception: 'the step failed',
  goto: 'a jump',
  pause: 'a pause',
  restart: 'a restart',
  step: '',
};

function reasonText(reason: string): string {
  return reasons[reason] ?? reason;
}

/** A DAP client for tests: starts the real adapter process and talks to it as an editor would. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { Deframer, frame } from '../../extension/debug-adapter/framing';
import { isRecord } from '../../extension/engine/profile/decode';

export type Message = Readonly<Record<string, unknown>>;

/** An error response; the message is what a user would read. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export class DapClient {
  readonly events: { readonly event: string; readonly body: Message }[] = [];
  /** Everything said, in order. */
  readonly said: { readonly by: 'client' | 'adapter'; readonly message: Message }[] = [];
  /** What `runInTerminal` asked for. */
  readonly terminals: Message[] = [];
  /** All printed text by category. */
  readonly printed = { stdout: '', stderr: '', console: '' };
  readonly exited: Promise<number | null>;
  readonly pid: number | undefined;
  errors = '';
  private readonly output: Writable;
  private readonly stop: () => void;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly watchers = new Set<() => void>();
  private seq = 1;

  /** Starts an adapter of its own, or talks to one that serves several clients. */
  constructor(adapter: readonly string[] | Socket, env: NodeJS.ProcessEnv, cwd: string) {
    let input: Readable;
    if ('length' in adapter) {
      const [program = '', ...args] = adapter;
      const process = spawn(program, args, { env, cwd });
      this.pid = process.pid;
      this.exited = new Promise((resolve) => process.once('exit', resolve));
      process.stderr.on('data', (piece: Buffer) => (this.errors += piece.toString()));
      this.output = process.stdin;
      this.stop = () => {
        process.kill('SIGKILL');
        // A child of the adapter's own may hold its pipes, and would hold us.
        for (const pipe of [process.stdin, process.stdout, process.stderr]) pipe.destroy();
      };
      input = process.stdout;
    } else {
      this.pid = undefined;
      this.exited = new Promise((resolve) => adapter.once('close', () => resolve(null)));
      this.output = adapter;
      this.stop = () => adapter.destroy();
      input = adapter;
    }
    this.output.on('error', () => undefined);
    const deframer = new Deframer();
    input.on('data', (piece: Buffer) => {
      for (const body of deframer.push(piece)) {
        const message: unknown = JSON.parse(body);
        if (isRecord(message)) this.receive(message);
      }
    });
  }

  /** The response's body. Rejects with Refused on an error response. */
  request(command: string, args: Message = {}): Promise<Message> {
    const seq = this.seq++;
    this.send({ seq, type: 'request', command, arguments: args });
    return new Promise((resolve, reject) => {
      this.waiting.set(seq, (message) => {
        const { body, success, message: reason } = message;
        if (success === true) resolve(isRecord(body) ? body : {});
        else reject(new Refused(typeof reason === 'string' ? reason : 'refused'));
      });
      void this.exited.then(() => reject(new Error(`the adapter is gone: ${this.errors}`)));
    });
  }

  /** The body of the `count`-th event of a name; waits for it. */
  event(name: string, count = 1, timeout = 60_000): Promise<Message> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.events.filter((one) => one.event === name)[count - 1];
        if (found === undefined) return;
        finish();
        resolve(found.body);
      };
      const timer = setTimeout(() => {
        finish();
        const seen = this.events.map((one) => one.event).join(' ');
        reject(new Error(`no ${name} event (seen: ${seen})\n${this.printed.stderr}${this.errors}`));
      }, timeout);
      const finish = () => {
        clearTimeout(timer);
        this.watchers.delete(look);
      };
      this.watchers.add(look);
      look();
    });
  }

  /** The next event of a name, not counting those that came already. */
  next(name: string, timeout?: number): Promise<Message> {
    return this.event(name, this.events.filter((one) => one.event === name).length + 1, timeout);
  }

  /** Initializes, sends breakpoints once asked for them, and launches. */
  async launch(
    attributes: Message,
    options: {
      breakpoints?: Readonly<Record<string, readonly number[]>>;
      /** More to say before the build starts. */
      configure?: () => Promise<void>;
      terminals?: boolean;
      /** `launch` where nothing else is said. */
      how?: 'launch' | 'attach';
    } = {},
  ): Promise<Message[]> {
    await this.request('initialize', {
      adapterID: 'buildkit',
      supportsRunInTerminalRequest: options.terminals ?? true,
      supportsInvalidatedEvent: true,
    });
    const launched = this.request(options.how ?? 'launch', attributes);
    const answers: Message[] = [];
    const configured = this.event('initialized').then(async () => {
      for (const [path, lines] of Object.entries(options.breakpoints ?? {})) {
        const breakpoints = lines.map((line) => ({ line }));
        answers.push(await this.request('setBreakpoints', { source: { path }, breakpoints }));
      }
      await options.configure?.();
      await this.request('configurationDone');
    });
    configured.catch(() => undefined);
    await launched;
    return answers;
  }

  /** Attaches to a build of the past. */
  async attach(attributes: Message): Promise<void> {
    await this.launch(attributes, { how: 'attach' });
  }

  async disconnect(): Promise<void> {
    await this.request('disconnect').catch(() => undefined);
    this.output.end();
    await this.exited;
  }

  kill(): void {
    this.stop();
  }

  private send(message: Message): void {
    this.said.push({ by: 'client', message });
    this.output.write(frame(message));
  }

  private receive(message: Message): void {
    this.said.push({ by: 'adapter', message });
    const { type, event, body, command, seq } = message;
    if (type === 'response') {
      const to = message['request_seq'];
      if (typeof to === 'number') this.waiting.get(to)?.(message);
      return;
    }
    if (type === 'request' && command === 'runInTerminal') {
      const args = message['arguments'];
      if (isRecord(args)) this.terminals.push(args);
      this.send({
        seq: this.seq++,
        type: 'response',
        request_seq: seq,
        command,
        success: true,
        body: {},
      });
    }
    if (type !== 'event' || typeof event !== 'string') return;
    const content = isRecord(body) ? body : {};
    this.events.push({ event, body: content });
    if (event === 'output') {
      const { category, output } = content;
      if (
        typeof output === 'string' &&
        (category === 'stdout' || category === 'stderr' || category === 'console')
      ) {
        this.printed[category] += output;
      }
    }
    for (const watcher of this.watchers) watcher();
  }
}

/** What the recorded sessions are written with: a client, and the few things that each of them does. */
import { isRecord } from '../../../extension/engine/profile/decode';
import {
  type AttachedShell,
  attachShell,
  readLink,
} from '../../../extension/engine/shell/terminal-client';
import type { DapClient, Message } from '../dap-client';

/** The project that all sessions build, and where things stand in it. */
export type Project = {
  readonly folder: string;
  readonly file: string;
  /** A folder with a static busybox. */
  readonly tools: string;
  /** A file of LLB without a source. */
  readonly llb: string;
  /** A Bake file with the target `app`. */
  readonly bake: string;
  /** Where an SSH agent listens. */
  readonly socket: string;
  /** Where buildx keeps what it knows of its builds. */
  readonly buildx: string;
};

/** What is there besides the project. */
export type Surroundings = {
  /** For programs that are to use the same BuildKit. */
  readonly env: NodeJS.ProcessEnv;
  /** The same BuildKit as a builder elsewhere. */
  readonly remote: string;
};

export class Script {
  private stops = 0;

  constructor(
    readonly client: DapClient,
    readonly project: Project,
    readonly surroundings: Surroundings,
  ) {}

  /** Launches the project's build. @param configure what to say before it starts */
  async launch(attributes: Message = {}, configure?: () => Promise<void>): Promise<void> {
    await this.client.launch(
      { file: this.project.file, ...attributes },
      configure === undefined ? {} : { configure },
    );
  }

  /** Line breakpoints of the project's file; each a line or a line with terms. */
  lines(...breakpoints: readonly (number | Message)[]): Promise<Message> {
    return this.request('setBreakpoints', {
      source: { path: this.project.file },
      breakpoints: breakpoints.map((one) => (typeof one === 'number' ? { line: one } : one)),
    });
  }

  request(command: string, args: Message = {}): Promise<Message> {
    return this.client.request(command, args);
  }

  /** A request that must be refused; the refusal is part of the record. */
  async refused(command: string, args: Message = {}): Promise<void> {
    const answer = await this.request(command, args).then(
      () => 'accepted',
      () => undefined,
    );
    if (answer !== undefined) throw new Error(`${command} was not refused`);
  }

  /** Waits for the next stop; its thread. */
  async stopped(): Promise<number> {
    const { threadId } = await this.client.event('stopped', ++this.stops);
    if (typeof threadId !== 'number') throw new Error('a stop without a thread');
    return threadId;
  }

  /** Goes on in a way that leads to a stop; the thread that stops. */
  async go(command: string, args: Message): Promise<number> {
    await this.request(command, args);
    return this.stopped();
  }

  /** The innermost frames of a thread. */
  async frames(threadId: number, levels = 1): Promise<readonly Message[]> {
    const { stackFrames } = await this.request('stackTrace', { threadId, levels });
    return records(stackFrames);
  }

  async frame(threadId: number, level = 0): Promise<number> {
    const frame = (await this.frames(threadId, level + 1))[level];
    return numberIn(frame, 'id');
  }

  /** The rows of a scope of a frame. */
  async scope(frameId: number, name: string): Promise<Rows> {
    const { scopes } = await this.request('scopes', { frameId });
    const found = records(scopes).find((one) => one['name'] === name);
    return this.rows(numberIn(found, 'variablesReference'));
  }

  async rows(reference: number): Promise<Rows> {
    const { variables } = await this.request('variables', { variablesReference: reference });
    return { reference, rows: records(variables) };
  }

  /** The rows below a row. */
  below({ rows }: Rows, name: string): Promise<Rows> {
    const row = rows.find((one) => one['name'] === name);
    return this.rows(numberIn(row, 'variablesReference'));
  }

  evaluate(expression: string, context: string, frameId: number): Promise<Message> {
    return this.request('evaluate', { expression, context, frameId });
  }

  /** The graph's vertices: the digest of the first one whose name begins so. */
  async nodes(): Promise<(name: string) => unknown> {
    const { graph } = await this.client.event('llb.graph');
    const nodes = isRecord(graph) ? records(graph['nodes']) : [];
    return (name) => nodes.find((one) => String(one['name']).startsWith(name))?.['digest'];
  }

  /** The shell that was offered as the nth one, in a terminal of ours. */
  async shell(nth: number): Promise<ShellTerminal> {
    const { linkFile } = await this.client.event('llb.shell', nth);
    return ShellTerminal.open(String(linkFile));
  }

  /** Waits until the adapter has asked for something. */
  async asked(command: string): Promise<void> {
    while (!this.client.said.some(({ message }) => message['command'] === command)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async ended(): Promise<void> {
    await this.client.event('terminated');
  }
}

export type Rows = { readonly reference: number; readonly rows: readonly Message[] };

function records(value: unknown): readonly Message[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter(isRecord);
}

export function numberIn(row: Message | undefined, name: string): number {
  const value = row?.[name];
  if (typeof value !== 'number') throw new Error(`no number "${name}" in ${JSON.stringify(row)}`);
  return value;
}

/** Milliseconds after which an answer does not come any more. */
const patience = 8_000;

/** A shell as its terminal sees it. */
class ShellTerminal {
  private shown = '';
  private wake: () => void = () => undefined;

  private constructor(private readonly shell: () => AttachedShell) {}

  static async open(linkFile: string): Promise<ShellTerminal> {
    const link = await readLink(linkFile);
    if (link === undefined) throw new Error('the shell is not offered');
    const terminal: ShellTerminal = new ShellTerminal(() => shell);
    const told = (text: string) => {
      terminal.shown += text;
      terminal.wake();
    };
    const shell = attachShell(
      link,
      { rows: 30, columns: 120 },
      {
        output: (data) => told(data.toString()),
        exit: (code) => told(`\nexit ${code}\n`),
        lost: (reason) => told(`\nlost: ${reason ?? ''}\n`),
      },
    );
    return terminal;
  }

  /** Types a line, and waits for lines that begin like this, in this order. */
  async answers(line: string, ...answers: readonly string[]): Promise<void> {
    const from = this.shown.length;
    this.shell().write(Buffer.from(`${line}\r`));
    const wanted = new RegExp(
      answers.map((one) => `^${one.replace(/\W/g, '\\$&')}`).join('[^]*'),
      'm',
    );
    const late = setTimeout(() => this.wake(), patience);
    const began = Date.now();
    while (!wanted.test(this.shown.slice(from))) {
      if (Date.now() - began >= patience) throw new Error(`${line} gave ${this.shown.slice(from)}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    clearTimeout(late);
  }
}

/** Where the debugger's commands come from: a terminal, with history and completion, or a pipe. */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

export type Prompt = {
  readonly isTerminal: boolean;
  /** The next line; undefined at the end of the input. */
  ask(): Promise<string | undefined>;
  /** Lets go of the input, so that a shell may have it; `ask` takes it again. */
  readonly close: () => void;
  /** Text for the terminal, above a line that is being typed. */
  readonly print: (text: string) => void;
};

const sign = '(llb-lens) ';

export function promptOn(
  input: Readable,
  output: Writable,
  complete: (line: string) => readonly string[],
): Prompt {
  const isTerminal =
    'isTTY' in input && input.isTTY === true && 'isTTY' in output && output.isTTY === true;
  return isTerminal
    ? new TerminalPrompt(input as ReadStream, output as WriteStream, complete)
    : new PipePrompt(input, output);
}

/** A line editor lives only while a line is asked for: a build that runs gets Ctrl-C as a signal. */
class TerminalPrompt implements Prompt {
  readonly isTerminal = true;
  private history: string[] = [];
  private editor: Interface | undefined;

  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream,
    private readonly complete: (line: string) => readonly string[],
  ) {}

  ask(): Promise<string | undefined> {
    const editor = createInterface({
      input: this.input,
      output: this.output,
      prompt: sign,
      history: this.history,
      removeHistoryDuplicates: true,
      completer: (line: string) => [[...this.complete(line)], line],
    });
    this.editor = editor;
    return new Promise((resolve) => {
      editor.on('history', (lines) => (this.history = lines));
      editor.once('line', (line) => {
        resolve(line);
        editor.close();
      });
      // Ctrl-C takes back what was typed, as in a shell.
      editor.on('SIGINT', () => {
        editor.write(null, { ctrl: true, name: 'e' });
        editor.write(null, { ctrl: true, name: 'u' });
      });
      editor.once('close', () => {
        this.editor = undefined;
        resolve(undefined);
      });
      editor.prompt();
    });
  }

  close(): void {
    this.editor?.close();
  }

  print(text: string): void {
    if (this.editor === undefined) {
      this.output.write(text);
      return;
    }
    this.output.write(`\r\u001b[K${text}${text.endsWith('\n') ? '' : '\n'}`);
    this.editor.prompt(true);
  }
}

/** Each line is a command; none is lost while another one runs. */
class PipePrompt implements Prompt {
  readonly isTerminal = false;
  private readonly reader: Interface;
  private readonly lines: AsyncIterator<string>;

  constructor(
    input: Readable,
    private readonly output: Writable,
  ) {
    this.reader = createInterface({ input });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  async ask(): Promise<string | undefined> {
    const next = await this.lines.next();
    return next.done === true ? undefined : next.value;
  }

  close(): void {
    this.reader.close();
  }

  print(text: string): void {
    this.output.write(text);
  }
}

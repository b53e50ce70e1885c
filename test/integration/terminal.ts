/** A real terminal for tests: a program in a pseudo terminal, what it shows, and a keyboard for it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRecord } from '../../extension/engine/profile/decode';

const cursorQuery = '\u001b[6n';
const cursorAnswer = '\u001b[1;1R';
/** busybox' shell draws its prompt again when the answer comes late, and erases what is below it. */
const eraseBelow = '\u001b[J';

const python = '/usr/bin/python3';

/** Why there are no terminals here, if there are none: pseudo terminals come by Python's `pty`. */
export function noTerminals(): string | undefined {
  if (process.platform === 'win32') return 'no pseudo terminals on Windows';
  return spawnSync(python, ['-c', 'import pty']).status === 0 ? undefined : `no ${python}`;
}

export class Terminal {
  /** Everything shown so far. */
  shown = '';
  readonly exit: Promise<number>;
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly watchers = new Set<() => void>();

  /**
   * What a debug adapter asked its client to run, with the variables that it named and no others.
   * @param asked the arguments of its `runInTerminal`
   */
  static asked(asked: Readonly<Record<string, unknown>> | undefined): Terminal {
    if (asked === undefined || !Array.isArray(asked['args']) || !isRecord(asked['env'])) {
      throw new Error('no terminal was asked for');
    }
    const env: Record<string, string> = { PATH: '' };
    for (const [key, value] of Object.entries(asked['env'])) env[key] = String(value);
    return new Terminal(asked['args'].map(String), env);
  }

  constructor(
    argv: readonly string[],
    env: NodeJS.ProcessEnv,
    size: { rows: number; columns: number } = { rows: 24, columns: 80 },
  ) {
    const script = join(import.meta.dirname, 'terminal.py');
    const sizes = [String(size.rows), String(size.columns)];
    this.process = spawn(python, [script, ...sizes, ...argv], { env });
    this.exit = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      let errors = '';
      this.process.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
      const decoder = new TextDecoder();
      createInterface(this.process.stdout).on('line', (line) => {
        const message: unknown = JSON.parse(line);
        if (!isRecord(message)) return;
        if (typeof message['exit'] === 'number') resolve(message['exit']);
        if (typeof message['out'] !== 'string') return;
        const text = decoder.decode(Buffer.from(message['out'], 'base64'), { stream: true });
        // Shells ask where the cursor is, and every terminal answers.
        if (text.includes(cursorQuery)) this.send(cursorAnswer);
        this.shown += text.replaceAll(cursorQuery, '').replaceAll(eraseBelow, '');
        for (const watcher of this.watchers) watcher();
      });
      this.process.once('close', () => reject(new Error(`the terminal broke: ${errors}`)));
    });
    this.exit.catch(() => undefined);
  }

  send(text: string): void {
    this.process.stdin.write(`${JSON.stringify({ send: text })}\n`);
  }

  resize(rows: number, columns: number): void {
    this.process.stdin.write(`${JSON.stringify({ resize: [rows, columns] })}\n`);
  }

  /** Types a command and waits for what `pattern` finds in what is shown from then on. */
  async type(command: string, pattern: RegExp): Promise<string> {
    const from = this.shown.length;
    this.send(`${command}\r`);
    return this.see(pattern, from);
  }

  /** The first group (or the whole) of the first match. Rejects after `timeout` milliseconds. */
  see(pattern: RegExp, from = 0, timeout = 60_000): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.shown.slice(from));
        if (match === null) return;
        finish();
        resolve(match[1] ?? match[0]);
      };
      const timer = setTimeout(() => {
        finish();
        reject(
          new Error(`${String(pattern)} is not in: ${JSON.stringify(this.shown.slice(from))}`),
        );
      }, timeout);
      const finish = () => {
        clearTimeout(timer);
        this.watchers.delete(look);
      };
      this.watchers.add(look);
      look();
    });
  }

  close(): void {
    this.process.kill('SIGKILL');
  }
}

/** A process in a gateway container: its output, its input, its end. */
import type * as pb from '../generated/gateway';
import type { Init } from '../wire/message';
import { BuildkitError, Code } from './buildkit-error';
import type { Duplex } from './rpc';

export type ProcessOutput = { readonly fd: 1 | 2; readonly data: Uint8Array };
export type ProcessExit = {
  /** 128 + signal for a process that a signal ended, as runc reports it. */
  readonly code: number;
  /** BuildKit's words when the process could not be run to its end. */
  readonly message: string;
};

type Exec = Omit<Init<pb.InitMessage>, 'fds'>;

/**
 * Read {@link output} to its end; {@link exit} settles when the process has ended.
 *
 * Without a tty BuildKit reports the exit of a process only after its stdin was closed, so either
 * start it without stdin or call {@link closeStdin}.
 */
export class ContainerProcess {
  /** The process's output in order of arrival; a tty's is all on 1. Must be read. */
  readonly output: AsyncIterable<ProcessOutput>;
  /** Rejects with BuildkitError when the process could not be started or the build is gone. */
  readonly exit: Promise<ProcessExit>;
  /** Resolves when the process runs. */
  readonly started: Promise<undefined>;

  private readonly id = `process-${crypto.randomUUID()}`;

  constructor(
    private readonly stream: Duplex<pb.ExecMessage, pb.ExecMessage>,
    init: Exec,
    stdin: boolean,
  ) {
    const started = promise<undefined>();
    const exit = promise<ProcessExit>();
    this.started = started.promise;
    this.exit = exit.promise;
    // Whoever only reads the output learns of a failure there.
    for (const settled of [this.started, this.exit]) settled.catch(() => undefined);
    const outputs = [1, ...(init.tty ? [] : [2])];
    this.output = this.read(started, exit, new Set(outputs));
    this.send({ init: { ...init, fds: [...(stdin ? [0] : []), ...outputs] } });
  }

  private async *read(
    started: Settle<undefined>,
    exit: Settle<ProcessExit>,
    open: Set<number>,
  ): AsyncGenerator<ProcessOutput> {
    let exited = false;
    try {
      for await (const message of this.stream.messages) {
        const { file } = message;
        if (message.started) started.resolve(undefined);
        if (message.exit) {
          const { code, error } = message.exit;
          exited = true;
          exit.resolve({ code, message: error?.message ?? '' });
        }
        if (file && file.data.length > 0) yield { fd: file.fd === 2 ? 2 : 1, data: file.data };
        if (file?.eof) open.delete(file.fd);
        // BuildKit says "done" only after our end of stdin, which a terminal never closes.
        if (message.done || (exited && open.size === 0)) break;
      }
      const gone = new BuildkitError(Code.unavailable, 'the process ended without an exit code');
      started.reject(gone);
      exit.reject(gone);
    } catch (error) {
      started.reject(error);
      exit.reject(error);
      throw error;
    } finally {
      this.stream.end();
    }
  }

  write(data: Uint8Array): Promise<void> {
    return this.stream.write({ processId: this.id, file: { fd: 0, data } });
  }

  closeStdin(): void {
    this.send({ file: { fd: 0, eof: true } });
  }

  resize(rows: number, cols: number): void {
    this.send({ resize: { rows, cols } });
  }

  /** @param name without `SIG`, e.g. `TERM`. BuildKit ≥ 0.10. */
  signal(name: string): void {
    this.send({ signal: { name } });
  }

  /** Gives the process up; it is killed. */
  kill(): void {
    this.stream.cancel();
  }

  private send(message: Init<pb.ExecMessage>): void {
    // A process that is gone already has told so through `exit`.
    this.stream.write({ processId: this.id, ...message }).catch(() => undefined);
  }
}

type Settle<T> = { resolve(value: T): void; reject(error: unknown): void };

function promise<T>(): Settle<T> & { promise: Promise<T> } {
  let settle: Settle<T> | undefined;
  const made = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new Error('a promise runs its executor at once');
  return { promise: made, ...settle };
}

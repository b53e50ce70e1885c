/**
 * The logs of one build's steps, as far as they were fetched from its adapter, which is gone soon
 * after the build. Reads of one log wait for each other, so none fetches what another one does.
 */
import type { LogArguments } from '../proto/messages/debug-adapter';
import type { Digest } from '../proto/model/digest';

/** Text of a log from a byte offset on, and the offset to go on from. */
export type LogPiece = { readonly text: string; readonly next: number };

/** Asks the adapter. @throws Error once it is gone */
export type LogSource = (request: LogArguments) => Promise<LogPiece>;

type Log = {
  /** A piece starts at a byte offset. */
  readonly pieces: { readonly from: number; readonly text: string }[];
  next: number;
  /** Resolves when the last read that was begun is over, whether it went well or not. */
  reading: Promise<unknown>;
};

export class CollectedLogs {
  private readonly logs = new Map<Digest, Log>();

  constructor(private readonly source: LogSource) {}

  /**
   * What is known from an offset on, else what the adapter knows.
   * @param alive whether the adapter can be asked; afterwards there is what was fetched
   * @throws Error of the source
   */
  read(digest: Digest, from: number, alive: boolean): Promise<LogPiece> {
    const log = this.logOf(digest);
    const read = log.reading.then(() => this.readNext(log, digest, from, alive));
    log.reading = read.catch(() => undefined);
    return read;
  }

  /** Fetches what is left of these logs; one that cannot be read keeps nobody from the others. */
  async fetchAll(
    logs: readonly { readonly digest: Digest; readonly bytes: number }[],
  ): Promise<void> {
    await Promise.allSettled(
      logs
        .filter(({ digest, bytes }) => bytes > this.logOf(digest).next)
        .map(({ digest }) => this.read(digest, this.logOf(digest).next, true)),
    );
  }

  private async readNext(
    log: Log,
    digest: Digest,
    from: number,
    alive: boolean,
  ): Promise<LogPiece> {
    if (from < log.next) {
      const text = log.pieces.flatMap((piece) => (piece.from >= from ? [piece.text] : []));
      return { text: text.join(''), next: log.next };
    }
    if (!alive) return { text: '', next: from };
    const { text, next } = await this.source({ digest, from });
    if (text !== '' && from === log.next) {
      log.pieces.push({ from, text });
      log.next = next;
    }
    return { text, next };
  }

  private logOf(digest: Digest): Log {
    const known = this.logs.get(digest);
    if (known !== undefined) return known;
    const log: Log = { pieces: [], next: 0, reading: Promise.resolve() };
    this.logs.set(digest, log);
    return log;
  }
}

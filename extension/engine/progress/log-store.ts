/**
 * The log text of each vertex of one build, read by byte offset.
 *
 * Offsets never move: `next` of one read is `from` of the following one. Of a vertex that logs
 * without end only the newest {@link keptBytes} stay, so a build's memory is bounded.
 */

/** Bytes kept for each vertex. */
const keptBytes = 4 * 1024 * 1024;

export type LogPiece = {
  readonly text: string;
  /** Where to read on, in bytes. */
  readonly next: number;
};

type Log = {
  pieces: { readonly bytes: Buffer; readonly isError: boolean }[];
  /** Offset of the first byte that is still here. */
  first: number;
  /** Offset after the last byte. */
  end: number;
};

export class LogStore {
  private readonly logs = new Map<string, Log>();

  constructor(private readonly limit = keptBytes) {}

  /** @param isError whether it was written to standard error */
  append(vertex: string, data: Uint8Array, isError = false): void {
    if (data.length === 0) return;
    let log = this.logs.get(vertex);
    if (log === undefined) {
      log = { pieces: [], first: 0, end: 0 };
      this.logs.set(vertex, log);
    }
    log.pieces.push({ bytes: Buffer.from(data), isError });
    log.end += data.length;
    while (log.end - log.first > this.limit) {
      const oldest = log.pieces[0];
      if (oldest === undefined) break;
      const surplus = log.end - log.first - this.limit;
      if (oldest.bytes.length <= surplus) {
        log.pieces.shift();
        log.first += oldest.bytes.length;
      } else {
        log.pieces[0] = { ...oldest, bytes: oldest.bytes.subarray(surplus) };
        log.first += surplus;
      }
    }
  }

  /** Bytes logged so far, kept or not. */
  size(vertex: string): number {
    return this.logs.get(vertex)?.end ?? 0;
  }

  /**
   * The text from byte `from` on. Reading starts later when older text is gone, and ends before a
   * character whose bytes have not all arrived.
   */
  read(vertex: string, from: number): LogPiece {
    const log = this.logs.get(vertex);
    if (log === undefined) return { text: '', next: 0 };
    const start = Math.min(Math.max(from, log.first), log.end);
    const bytes = Buffer.concat(log.pieces.map(({ bytes: piece }) => piece)).subarray(
      start - log.first,
    );
    const whole = bytes.subarray(0, bytes.length - unfinished(bytes));
    return { text: whole.toString('utf8'), next: start + whole.length };
  }

  /** What of it was written to standard error, as far as it is kept. */
  errors(vertex: string): string {
    const pieces = this.logs.get(vertex)?.pieces.filter(({ isError }) => isError) ?? [];
    return Buffer.concat(pieces.map(({ bytes }) => bytes)).toString('utf8');
  }
}

/** How many bytes at the end begin a UTF-8 character that goes on. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

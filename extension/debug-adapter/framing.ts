/** The wire of the Debug Adapter Protocol: JSON messages, each behind a `Content-Length` header. */

const separator = Buffer.from('\r\n\r\n');
/** A header is one short line; more than this without an end is not DAP. */
const longestHeader = 8 * 1024;

/** Thrown when the bytes are not framed as DAP; the stream cannot be followed after it. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** One framed message; `Content-Length` counts bytes of UTF-8. */
export function frame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'ascii'), body]);
}

/**
 * Cuts a byte stream into message bodies, whatever the sizes of the pieces it arrives in.
 * @throws FramingError from `push` on a header without a valid length
 */
export class Deframer {
  /** Pieces not used yet; joined only when a whole message may be there. */
  private pieces: Buffer[] = [];
  private size = 0;
  /** Bytes needed before another look is worth it. */
  private wanted = separator.length;
  private bodyLength: number | undefined;

  push(piece: Buffer): string[] {
    this.pieces.push(piece);
    this.size += piece.length;
    const bodies: string[] = [];
    while (this.size >= this.wanted) {
      const buffer = this.joined();
      if (this.bodyLength === undefined) {
        const end = buffer.indexOf(separator);
        if (end < 0) {
          if (buffer.length > longestHeader) throw new FramingError('no DAP header in the input');
          this.wanted = this.size + 1;
          break;
        }
        this.bodyLength = contentLength(buffer.toString('ascii', 0, end));
        this.replace(buffer.subarray(end + separator.length));
        this.wanted = this.bodyLength;
      } else {
        bodies.push(buffer.toString('utf8', 0, this.bodyLength));
        this.replace(buffer.subarray(this.bodyLength));
        this.bodyLength = undefined;
        this.wanted = separator.length;
      }
    }
    return bodies;
  }

  private joined(): Buffer {
    const [first] = this.pieces;
    if (first !== undefined && this.pieces.length === 1) return first;
    const buffer = Buffer.concat(this.pieces);
    this.pieces = [buffer];
    return buffer;
  }

  private replace(rest: Buffer): void {
    this.pieces = [rest];
    this.size = rest.length;
  }
}

function contentLength(header: string): number {
  for (const line of header.split('\r\n')) {
    const match = /^content-length:\s*(\d+)\s*$/i.exec(line);
    if (match?.[1] !== undefined) return Number(match[1]);
  }
  throw new FramingError('a DAP header without Content-Length');
}

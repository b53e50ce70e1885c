/** The wire format of SSH (RFC 4251): lengths of four bytes before strings and before messages. */

/** What is read is not SSH. */
export class SshFormatError extends Error {
  override readonly name = 'SshFormatError';
}

/** Reads strings and numbers one after the other. */
export class SshReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** @throws SshFormatError when the bytes end before */
  uint32(): number {
    if (this.at + 4 > this.bytes.length) throw new SshFormatError('the data ends early');
    const value = this.bytes.readUInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** @throws SshFormatError when the bytes end before */
  string(): Buffer {
    const length = this.uint32();
    if (this.at + length > this.bytes.length) throw new SshFormatError('the data ends early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.string().toString('utf8');
  }
}

export function sshUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Each part with its length in front. */
export function sshStrings(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
      return [sshUint32(bytes.length), bytes];
    }),
  );
}

/** A number as SSH's `mpint`: no needless zeros in front, one where the first bit would be a sign. */
export function sshInteger(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(first));
  const negative = (digits[0] ?? 0) >= 0x80;
  return negative ? Buffer.concat([Buffer.of(0), digits]) : digits;
}

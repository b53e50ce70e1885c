/**
 * Reads tar archives piece by piece as they come: headers as values, contents to whoever wants them.
 *
 * Not a library's reader, because those make a stream of every entry; a layer has a hundred thousand
 * of them. Knows ustar, pax records and GNU's long names, which is what images are made of.
 */

export type ScannedEntry = {
  /** As the archive has it, without `./` at its start or `/` at its end. */
  readonly path: string;
  readonly kind: 'file' | 'hardlink' | 'symlink' | 'directory' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly linkTarget?: string;
};

export type ContentTaker = {
  readonly push: (bytes: Uint8Array) => void;
  readonly end: () => void;
};

/** The bytes are no tar archive. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

const blockSize = 512;
const kinds: Readonly<Record<string, ScannedEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};
/** Kinds that tell of the next entry, and how their text is read. */
const describing: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);
/** What a description may take at most. Bytes. */
const longestDescription = 16 * 1024 * 1024;

type Extended = Readonly<Record<string, string>>;

export class TarScanner {
  /** A header that has not come whole. */
  private readonly header = Buffer.alloc(blockSize);
  private filled = 0;
  /** Bytes of content, then of padding, that are still to come. */
  private content = 0;
  private padding = 0;
  private taker: ContentTaker | undefined;
  private global: Extended = {};
  private next: Extended = {};
  private ended = false;

  /** @param onEntry gets each entry; what it gives back gets the content */
  constructor(private readonly onEntry: (entry: ScannedEntry) => ContentTaker | undefined) {}

  /** @throws TarError */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.ended) {
      if (this.content > 0) {
        const length = Math.min(this.content, chunk.length - at);
        this.taker?.push(chunk.subarray(at, at + length));
        at += length;
        this.content -= length;
        if (this.content === 0) this.taker?.end();
      } else if (this.padding > 0) {
        const length = Math.min(this.padding, chunk.length - at);
        at += length;
        this.padding -= length;
      } else {
        const length = Math.min(blockSize - this.filled, chunk.length - at);
        this.header.set(chunk.subarray(at, at + length), this.filled);
        at += length;
        this.filled += length;
        if (this.filled === blockSize) this.readHeader();
      }
    }
  }

  /** @throws TarError when the archive ended in the middle of an entry */
  end(): void {
    if (this.content > 0 || (this.filled > 0 && !this.ended)) {
      throw new TarError('the archive ends in the middle of an entry');
    }
  }

  private readHeader(): void {
    this.filled = 0;
    const { header } = this;
    // Two empty blocks end an archive; what follows one is of no interest.
    if (header[0] === 0 && header.every((byte) => byte === 0)) {
      this.ended = true;
      return;
    }
    if (checksum(header) !== octal(header, 148, 8)) throw new TarError('not a tar archive');
    const flag = String.fromCharCode(header[156] ?? 0);
    const size = Number(this.next['size'] ?? this.global['size'] ?? number(header, 124, 12));
    this.content = size;
    this.padding = (blockSize - (size % blockSize)) % blockSize;
    if (describing.has(flag)) {
      this.taker = this.describe(flag, size);
      return;
    }
    const entry = this.entry(flag, size);
    this.next = {};
    // Links say how large the file is that they name; nothing follows them.
    if (entry.kind !== 'file' && entry.kind !== 'other') {
      this.content = 0;
      this.padding = 0;
    }
    this.taker = this.onEntry(entry);
    if (this.content === 0) this.taker?.end();
  }

  private entry(flag: string, size: number): ScannedEntry {
    const { header } = this;
    const extended = { ...this.global, ...this.next };
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
    const name = text(header, 0, 100);
    const path = extended['path'] ?? (prefix === '' ? name : `${prefix}/${name}`);
    // Old archives mark folders by a slash only.
    const kind = kinds[flag] ?? 'other';
    const linkTarget = extended['linkpath'] ?? text(header, 157, 100);
    return {
      path: plain(path),
      kind: kind === 'file' && path.endsWith('/') ? 'directory' : kind,
      mode: octal(header, 100, 8) & 0o7777,
      uid: Number(extended['uid'] ?? number(header, 108, 8)),
      gid: Number(extended['gid'] ?? number(header, 116, 8)),
      size: kind === 'file' ? size : 0,
      modified: Number(extended['mtime'] ?? number(header, 136, 12)),
      ...(linkTarget === '' ? {} : { linkTarget }),
    };
  }

  private describe(flag: string, size: number): ContentTaker {
    if (size > longestDescription) throw new TarError('a description is too long');
    const pieces: Uint8Array[] = [];
    return {
      push: (bytes) => pieces.push(Uint8Array.from(bytes)),
      end: () => {
        const said = Buffer.concat(pieces);
        if (flag === 'g') this.global = { ...this.global, ...records(said) };
        else if (flag === 'x') this.next = { ...this.next, ...records(said) };
        else {
          const long = said.toString('utf8').replace(/\0.*$/s, '');
          this.next = { ...this.next, [flag === 'L' ? 'path' : 'linkpath']: long };
        }
      },
    };
  }
}

function plain(path: string): string {
  return path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
}

/** `LENGTH KEY=VALUE\n` one after the other. */
function records(bytes: Buffer): Extended {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, blank < 0 ? at : blank));
    if (!Number.isInteger(length) || length <= 0) throw new TarError('a pax record is malformed');
    const record = bytes.toString('utf8', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    found[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return found;
}

function text(header: Buffer, at: number, length: number): string {
  const end = header.indexOf(0, at);
  return header.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

function octal(header: Buffer, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index++) {
    const byte = header[index] ?? 0;
    if (byte >= 0x30 && byte <= 0x37) value = value * 8 + byte - 0x30;
    else if (byte !== 0x20 || value !== 0) {
      if (byte === 0 || byte === 0x20) break;
    }
  }
  return value;
}

/** Octal, or GNU's binary form for what octal cannot hold. */
function number(header: Buffer, at: number, length: number): number {
  const first = header[at] ?? 0;
  if ((first & 0x80) === 0) return octal(header, at, length);
  let value = first & 0x3f;
  for (let index = at + 1; index < at + length; index++) value = value * 256 + (header[index] ?? 0);
  return value;
}

/** The checksum counts its own field as eight blanks. */
function checksum(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockSize; index++) {
    if (index < 148 || index >= 156) sum += header[index] ?? 0;
  }
  return sum;
}

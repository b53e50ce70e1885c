/**
 * HTTP/2's header compression (RFC 7541), as far as it is needed to take single fields out of a
 * block: fields are found and copied as they are written, and only what is taken out is decoded.
 *
 * The dynamic table is left out. A side that has announced a table of size 0 is not sent references
 * to one, so every field stands for itself.
 */

/** A field of a block: its own bytes, and how its name and value are written where they are. */
export type HeaderField = {
  readonly bytes: Uint8Array;
  /** Undefined for a name out of the static table. */
  readonly name: HeaderText | undefined;
  /** Undefined where the field has no value of its own: an entry of the static table. */
  readonly value: HeaderText | undefined;
};

export type HeaderText = { readonly bytes: Uint8Array; readonly huffman: boolean };

/** How large the static table is; a larger index is one of the dynamic table. */
const staticEntries = 61;

/** Undefined when the block needs the dynamic table, or is damaged. */
export function headerFields(block: Uint8Array): HeaderField[] | undefined {
  const reader = new BlockReader(block);
  const fields: HeaderField[] = [];
  while (reader.at < block.length) {
    const start = reader.at;
    const parts = fieldAt(reader, block[start] ?? 0);
    if (parts === undefined) return undefined;
    fields.push({ ...parts, bytes: block.subarray(start, reader.at) });
  }
  return fields;
}

const bare = { name: undefined, value: undefined };

function fieldAt(reader: BlockReader, first: number): Omit<HeaderField, 'bytes'> | undefined {
  if (first >= 0x80) {
    const index = reader.integer(7);
    return index === undefined || index > staticEntries ? undefined : bare;
  }
  const isSizeUpdate = first >= 0x20 && first < 0x40;
  if (isSizeUpdate) return reader.integer(5) === undefined ? undefined : bare;
  const index = reader.integer(first >= 0x40 ? 6 : 4);
  if (index === undefined || index > staticEntries) return undefined;
  const name = index === 0 ? reader.text() : undefined;
  const value = reader.text();
  if (value === undefined || (index === 0 && name === undefined)) return undefined;
  return { name, value };
}

class BlockReader {
  at = 0;

  constructor(private readonly block: Uint8Array) {}

  /** An integer whose first bits share a byte with others (RFC 7541, 5.1). */
  integer(prefixBits: number): number | undefined {
    const largest = (1 << prefixBits) - 1;
    let value = (this.block[this.at++] ?? 0) & largest;
    if (value < largest) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.block[this.at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  text(): HeaderText | undefined {
    const huffman = (this.block[this.at] ?? 0) >= 0x80;
    const length = this.integer(7);
    if (length === undefined || this.at + length > this.block.length) return undefined;
    const bytes = this.block.subarray(this.at, this.at + length);
    this.at += length;
    return { bytes, huffman };
  }
}

/** Undefined where it is damaged, or holds what no header may hold but printable ASCII. */
export function decodeHeaderText({ bytes, huffman }: HeaderText): string | undefined {
  return huffman ? decodeHuffman(bytes) : Buffer.from(bytes).toString('latin1');
}

/**
 * The code of RFC 7541, appendix B: which characters have codes of so many bits. It is canonical,
 * so codes follow from the lengths alone. Codes above 19 bits are for what is not printable.
 */
const charactersByLength: readonly (readonly [bits: number, characters: string])[] = [
  [5, '012aceiost'],
  [6, ' %-./3456789=A_bdfghlmnpru'],
  [7, ':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz'],
  [8, '&*,;XZ'],
  [10, '!"()?'],
  [11, "'+|"],
  [12, '#>'],
  [13, '\0$@[]~'],
  [14, '^}'],
  [15, '<`{'],
  [19, '\\\u00c3\u00d0'],
];

/** The longest padding at the end: less than a byte, of ones only. */
const longestPadding = 7;

function decodeHuffman(bytes: Uint8Array): string | undefined {
  const codes = huffmanCodes();
  // The shortest code has five bits.
  const text = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      bits++;
      const character = codes[bits]?.[code - (firstCodes[bits] ?? 0)];
      if (character === undefined) {
        if (bits > 19) return undefined;
        continue;
      }
      text[length++] = character;
      code = 0;
      bits = 0;
    }
  }
  return bits <= longestPadding && code === (1 << bits) - 1
    ? text.toString('latin1', 0, length)
    : undefined;
}

/** By the number of bits: the first code, and the characters of the codes from there. */
const firstCodes: number[] = [];
let decoded: readonly (Uint8Array | undefined)[] | undefined;

function huffmanCodes(): readonly (Uint8Array | undefined)[] {
  if (decoded !== undefined) return decoded;
  const codes: Uint8Array[] = [];
  let next = 0;
  let before = 0;
  for (const [bits, characters] of charactersByLength) {
    next <<= bits - before;
    firstCodes[bits] = next;
    codes[bits] = Buffer.from(characters, 'latin1');
    next += characters.length;
    before = bits;
  }
  decoded = codes;
  return codes;
}

/** Writes a tar archive (POSIX ustar) of short paths; the same bytes for the same entries. */

/** A folder has no content, and its path ends with a slash. */
export type UstarEntry = { readonly path: string; readonly content?: Uint8Array };

const blockSize = 512;
/** What ustar's path field holds; longer ones would need extensions that nobody here needs. */
const longestPath = 100;

/** @throws RangeError for a path of more than 100 bytes */
export function ustar(entries: readonly UstarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content }) => {
    const bytes = content ?? new Uint8Array();
    const padding = (blockSize - (bytes.length % blockSize)) % blockSize;
    return [header(path, bytes.length, content === undefined), bytes, Buffer.alloc(padding)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function header(path: string, size: number, folder: boolean): Buffer {
  if (Buffer.byteLength(path) > longestPath) throw new RangeError(`too long for ustar: ${path}`);
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  block.write(path, 0);
  octal(folder ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(folder ? '5' : '0', 156);
  block.write('ustar\x0000', 257);
  // The checksum counts its own field as eight blanks.
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

// Writes tar archives (POSIX ustar), always the same bytes for the same entries.

export type TarEntry =
  | {
      readonly type: 'file';
      readonly path: string;
      readonly content: Uint8Array | string;
      readonly mode?: number;
    }
  | {
      readonly type: 'folder';
      readonly path: string;
      readonly mode?: number;
      readonly owner?: number;
    }
  | { readonly type: 'link'; readonly path: string; readonly target: string };

const blockSize = 512;
const typeFlags: Record<TarEntry['type'], string> = { file: '0', link: '2', folder: '5' };
const defaultModes: Record<TarEntry['type'], number> = { file: 0o644, link: 0o777, folder: 0o755 };

/** @throws {RangeError} for a path longer than 100 bytes, which plain ustar headers cannot hold. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.type === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0);
    const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
    return [header(entry, content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const path = entry.type === 'folder' ? `${entry.path}/` : entry.path;
  if (Buffer.byteLength(path) > 100)
    throw new RangeError(`path too long for a tar header: ${path}`);
  const mode = entry.type === 'link' ? undefined : entry.mode;
  const owner = entry.type === 'folder' ? (entry.owner ?? 0) : 0;
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, length: number): string =>
    `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(path, 0);
  block.write(octal(mode ?? defaultModes[entry.type], 8), 100);
  block.write(octal(owner, 8), 108);
  block.write(octal(owner, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(1_700_000_000, 12), 136);
  block.write(typeFlags[entry.type], 156);
  if (entry.type === 'link') block.write(entry.target, 157);
  block.write('ustar\x0000', 257);
  // The checksum counts its own field as eight blanks.
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

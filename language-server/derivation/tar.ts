/**
 * Reads the tar archive that BuildKit's `tar` exporter writes into a {@link FileTree}: regular files,
 * directories, symlinks and hard links, with PAX and GNU long names.
 */
import { byteStringOf, textOf, type ByteString } from './byte-string';
import type { FileTree } from './file-tree';

/** Thrown by {@link treeOfTar} for bytes that are no tar archive, or hold devices and the like. */
export class TarError extends Error {}

const BLOCK = 512;
const OWNER_EXECUTES = 0o100;

/** Reads an archive; throws {@link TarError}. File contents are views of `bytes`. */
export function treeOfTar(bytes: Uint8Array): FileTree {
  const root = new Growing();
  let extra: Readonly<Record<string, ByteString>> = {};
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const size = extra['size'] === undefined ? octal(header, 124, 12) : Number(extra['size']);
    const start = at + BLOCK;
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (start + size > bytes.length) throw new TarError('the archive ends early');
    const contents = bytes.subarray(start, start + size);
    const type = text(header, 156, 1);
    if (type === 'x') {
      extra = { ...extra, ...paxRecords(contents) };
      continue;
    }
    if (type === 'g') continue;
    if (type === 'L' || type === 'K') {
      extra = { ...extra, [type === 'L' ? 'path' : 'linkpath']: text(contents, 0, size) };
      continue;
    }
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
    const shortName = text(header, 0, 100);
    const path = extra['path'] ?? (prefix === '' ? shortName : `${prefix}/${shortName}`);
    const link = extra['linkpath'] ?? text(header, 157, 100);
    extra = {};
    root.put(path, entry(type, link, contents, octal(header, 100, 8), root, path));
  }
  return { kind: 'directory', entries: root.directory([]) };
}

function entry(
  type: string,
  link: ByteString,
  contents: Uint8Array,
  mode: number,
  root: Growing,
  path: ByteString,
): FileTree {
  switch (type) {
    case '0':
    case '':
      return { kind: 'file', executable: (mode & OWNER_EXECUTES) !== 0, contents };
    case '1': {
      const target = root.find(link);
      if (target === undefined) throw new TarError(`hard link to nothing: ${textOf(link)}`);
      return target;
    }
    case '2':
      return { kind: 'symlink', target: link };
    case '5':
      return { kind: 'directory', entries: new Map() };
    default:
      throw new TarError(`${textOf(path)} has the unsupported type '${type}'`);
  }
}

/** The tree while it is read: directories by path, each open for further entries. */
class Growing {
  private readonly directories = new Map<ByteString, Map<ByteString, FileTree>>();

  directory(parts: readonly ByteString[]): Map<ByteString, FileTree> {
    const path = parts.join('/');
    const known = this.directories.get(path);
    if (known !== undefined) return known;
    const entries = new Map<ByteString, FileTree>();
    this.directories.set(path, entries);
    const name = parts.at(-1);
    if (name !== undefined) {
      this.directory(parts.slice(0, -1)).set(name, { kind: 'directory', entries });
    }
    return entries;
  }

  find(path: ByteString): FileTree | undefined {
    const parts = partsOf(path);
    return this.directories.get(parts.slice(0, -1).join('/'))?.get(parts.at(-1) ?? '');
  }

  put(path: ByteString, tree: FileTree): void {
    const parts = partsOf(path);
    const name = parts.at(-1);
    if (tree.kind === 'directory') this.directory(parts);
    else if (name !== undefined) this.directory(parts.slice(0, -1)).set(name, tree);
  }
}

const partsOf = (path: ByteString): ByteString[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

/** A text field: up to its first NUL. */
function text(bytes: Uint8Array, start: number, length: number): ByteString {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return byteStringOf(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 for numbers that do not fit. */
function octal(bytes: Uint8Array, start: number, length: number): number {
  if (((bytes[start] ?? 0) & 0x80) !== 0) {
    let value = (bytes[start] ?? 0) & 0x7f;
    for (const byte of bytes.subarray(start + 1, start + length)) value = value * 256 + byte;
    return value;
  }
  const digits = text(bytes, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new TarError('not a tar archive');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** PAX records: `LENGTH KEY=VALUE\n`, where the length counts the whole record. */
function paxRecords(bytes: Uint8Array): Record<string, ByteString> {
  const records: Record<string, ByteString> = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const size = Number(byteStringOf(bytes.subarray(at, space)));
    if (space < 0 || !Number.isInteger(size) || size <= 0) throw new TarError('bad PAX record');
    const record = byteStringOf(bytes.subarray(space + 1, at + size - 1));
    const equals = record.indexOf('=');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += size;
  }
  return records;
}

/**
 * Entries of tar archives as they are written: POSIX ustar, with pax records where its fields are too
 * small (long names, large files and ids, extended attributes).
 */

export type TarKind = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';

export type TarEntry = {
  /** Relative; a directory's needs no slash at its end. */
  readonly path: string;
  readonly kind: TarKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly linkTarget?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
};

export const tarBlock = 512;

const typeFlags: Readonly<Record<TarKind, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const longestName = 100;
/** What seven octal digits hold. */
const largestId = 0o7777777;
/** What eleven octal digits hold. */
const largestSize = 0o77777777777;

/** The header, with its pax records before it. */
export function tarHeader(entry: TarEntry): Uint8Array {
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const records = paxRecords({ ...entry, path });
  const own = block({ ...entry, path }, typeFlags[entry.kind]);
  if (records.length === 0) return own;
  const about = { ...entry, path: 'PaxHeaders/entry', mode: 0o644, size: records.length };
  const extended = block(
    { path: about.path, mode: 0o644, uid: 0, gid: 0, size: about.size, modified: 0 },
    'x',
  );
  return Buffer.concat([extended, records, tarPadding(records.length), own]);
}

/** What fills the last block of `size` bytes. */
export function tarPadding(size: number): Uint8Array {
  return Buffer.alloc((tarBlock - (size % tarBlock)) % tarBlock);
}

/** Two empty blocks. */
export const tarEnd: Uint8Array = Buffer.alloc(2 * tarBlock);

type Fields = Pick<
  TarEntry,
  'path' | 'mode' | 'uid' | 'gid' | 'size' | 'modified' | 'linkTarget' | 'device'
>;

function block(fields: Fields, flag: string): Uint8Array {
  const bytes = Buffer.alloc(tarBlock);
  const octal = (value: number, at: number, length: number): void => {
    const most = 8 ** (length - 1) - 1;
    // What is too large stands in a pax record.
    const digits = Math.min(Math.max(Math.floor(value), 0), most).toString(8);
    bytes.write(`${digits.padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  bytes.write(fields.path, 0, longestName);
  octal(fields.mode & 0o7777, 100, 8);
  octal(fields.uid, 108, 8);
  octal(fields.gid, 116, 8);
  octal(fields.size, 124, 12);
  octal(fields.modified, 136, 12);
  bytes.write(flag, 156);
  bytes.write(fields.linkTarget ?? '', 157, longestName);
  bytes.write('ustar\x0000', 257);
  octal(fields.device?.major ?? 0, 329, 8);
  octal(fields.device?.minor ?? 0, 337, 8);
  // The checksum counts its own field as eight blanks.
  bytes.write(' '.repeat(8), 148);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function paxRecords({ path, linkTarget = '', size, uid, gid, xattrs }: TarEntry): Buffer {
  const records = [
    ...(fits(path) ? [] : [record('path', path)]),
    ...(fits(linkTarget) ? [] : [record('linkpath', linkTarget)]),
    ...(size <= largestSize ? [] : [record('size', String(size))]),
    ...(uid <= largestId ? [] : [record('uid', String(uid))]),
    ...(gid <= largestId ? [] : [record('gid', String(gid))]),
    ...[...(xattrs ?? [])].map(([name, value]) => record(`SCHILY.xattr.${name}`, value)),
  ];
  return Buffer.concat(records);
}

/** ustar's names have no encoding; others than ASCII go where UTF-8 is the rule. */
function fits(text: string): boolean {
  return text.length <= longestName && /^[\x20-\x7e]*$/.test(text);
}

/** `LENGTH KEY=VALUE\n`; the length counts its own digits. */
function record(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length)
    length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

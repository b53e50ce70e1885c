/**
 * Nix archives (NAR): the canonical form of a file tree, whose sha256 is the identity of an output.
 * Strings are an 8-byte little-endian length, the bytes, and zeros up to a multiple of 8.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesOf, byteStringOf, type ByteString } from './byte-string';
import type { FileTree } from './file-tree';

const MAGIC = 'nix-archive-1';

/** Writes a tree piece by piece; concatenated they are the archive. */
export function* narPieces(tree: FileTree): Generator<Uint8Array> {
  yield* strings(MAGIC);
  yield* node(tree);
}

function* node(tree: FileTree): Generator<Uint8Array> {
  if (tree.kind === 'symlink') {
    yield* strings('(', 'type', 'symlink', 'target', tree.target, ')');
  } else if (tree.kind === 'file') {
    yield* strings('(', 'type', 'regular');
    if (tree.executable) yield* strings('executable', '');
    yield* strings('contents');
    yield length(tree.contents.length);
    yield tree.contents;
    yield padding(tree.contents.length);
    yield* strings(')');
  } else {
    yield* strings('(', 'type', 'directory');
    for (const [name, entry] of [...tree.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield* strings('entry', '(', 'name', name, 'node');
      yield* node(entry);
      yield* strings(')');
    }
    yield* strings(')');
  }
}

function* strings(...texts: readonly ByteString[]): Generator<Uint8Array> {
  for (const text of texts) {
    const bytes = new Uint8Array(8 + padded(text.length));
    bytes.set(length(text.length));
    bytes.set(bytesOf(text), 8);
    yield bytes;
  }
}

const padded = (size: number): number => Math.ceil(size / 8) * 8;
const padding = (size: number): Uint8Array => new Uint8Array(padded(size) - size);

function length(size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  return bytes;
}

/** The whole archive. */
export function narBytes(tree: FileTree): Uint8Array {
  const pieces = [...narPieces(tree)];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * The archive's size in bytes and its sha256 as Nix prints it: `sha256-` and base 64. The archive is
 * never held as a whole; `look` sees its pieces in order.
 */
export function narHash(
  tree: FileTree,
  look?: (piece: Uint8Array) => void,
): { readonly hash: string; readonly size: number } {
  const hasher = sha256.create();
  let size = 0;
  for (const piece of narPieces(tree)) {
    hasher.update(piece);
    look?.(piece);
    size += piece.length;
  }
  return { hash: `sha256-${btoa(byteStringOf(hasher.digest()))}`, size };
}

/** Thrown by {@link readNar} for bytes that are no Nix archive. */
export class NarError extends Error {}

/** Reads an archive; throws {@link NarError}. File contents are views of `bytes`. */
export function readNar(bytes: Uint8Array): FileTree {
  const reader = new NarReader(bytes);
  reader.expect(MAGIC);
  const tree = reader.node();
  if (reader.at !== bytes.length) throw new NarError('bytes after the end of the archive');
  return tree;
}

class NarReader {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  node(): FileTree {
    this.expect('(');
    this.expect('type');
    const kind = this.string();
    if (kind === 'symlink') {
      this.expect('target');
      const target = this.string();
      this.expect(')');
      return { kind, target };
    }
    if (kind === 'regular') return this.file();
    if (kind !== 'directory') throw new NarError(`unknown kind of file '${kind}'`);
    const entries = new Map<ByteString, FileTree>();
    for (let word = this.string(); word !== ')'; word = this.string()) {
      if (word !== 'entry') throw new NarError(`expected 'entry' but found '${word}'`);
      this.expect('(');
      this.expect('name');
      const name = this.string();
      if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
        throw new NarError(`invalid file name '${name}'`);
      }
      this.expect('node');
      entries.set(name, this.node());
      this.expect(')');
    }
    return { kind, entries };
  }

  expect(word: string): void {
    const found = this.string();
    if (found !== word) throw new NarError(`expected '${word}' but found '${found}'`);
  }

  private file(): FileTree {
    let word = this.string();
    const executable = word === 'executable';
    if (executable) {
      this.expect('');
      word = this.string();
    }
    let contents: Uint8Array = new Uint8Array(0);
    if (word === 'contents') {
      contents = this.block();
      word = this.string();
    }
    if (word !== ')') throw new NarError(`expected ')' but found '${word}'`);
    return { kind: 'file', executable, contents };
  }

  private string(): ByteString {
    return byteStringOf(this.block());
  }

  private block(): Uint8Array {
    if (this.at + 8 > this.bytes.length) throw new NarError('the archive ends early');
    const size = Number(this.view.getBigUint64(this.at, true));
    const start = this.at + 8;
    this.at = start + padded(size);
    if (this.at > this.bytes.length) throw new NarError('the archive ends early');
    return this.bytes.subarray(start, start + size);
  }
}

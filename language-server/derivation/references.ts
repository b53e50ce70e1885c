/**
 * The reference scan: which store paths bytes mention. As in Nix, a mention is the 32 letters of a
 * path's hash anywhere, with or without its name; compressed or wide texts hide theirs.
 */

const HASH_LENGTH = 32;
const LETTERS = new Uint8Array(256);
for (const letter of '0123456789abcdfghijklmnpqrsvwxyz') LETTERS[letter.charCodeAt(0)] = 1;

/** Scans a stream of chunks; a mention may lie across two of them. */
export class ReferenceScanner {
  private readonly found = new Set<string>();
  private rest: Uint8Array = new Uint8Array(0);

  /** @param hashes the hashes to look for: the first 32 letters of store path names. */
  constructor(private readonly hashes: ReadonlySet<string> | ReadonlyMap<string, unknown>) {}

  push(chunk: Uint8Array): void {
    if (this.rest.length > 0) {
      const seam = new Uint8Array(this.rest.length + Math.min(chunk.length, HASH_LENGTH - 1));
      seam.set(this.rest);
      seam.set(chunk.subarray(0, HASH_LENGTH - 1), this.rest.length);
      this.scan(seam);
      this.rest = chunk.length >= HASH_LENGTH - 1 ? this.tail(chunk) : this.tail(seam);
    } else this.rest = this.tail(chunk);
    this.scan(chunk);
  }

  /** The hashes seen so far. */
  get mentioned(): ReadonlySet<string> {
    return this.found;
  }

  private tail(bytes: Uint8Array): Uint8Array {
    return bytes.slice(Math.max(0, bytes.length - HASH_LENGTH + 1));
  }

  /** Looks at the last letter of a window first: one that no hash has skips the whole window. */
  private scan(bytes: Uint8Array): void {
    let at = 0;
    window: while (at + HASH_LENGTH <= bytes.length) {
      for (let back = HASH_LENGTH - 1; back >= 0; back--) {
        if (LETTERS[bytes[at + back] ?? 0] !== 1) {
          at += back + 1;
          continue window;
        }
      }
      const text = String.fromCharCode(...bytes.subarray(at, at + HASH_LENGTH));
      if (this.hashes.has(text)) this.found.add(text);
      at += 1;
    }
  }
}

/** Looks for store paths in a stream of chunks. */
export class StorePathScanner {
  private readonly byHash = new Map<string, string>();
  private readonly scanner: ReferenceScanner;

  constructor(candidates: Iterable<string>) {
    for (const path of candidates) {
      const start = path.lastIndexOf('/') + 1;
      this.byHash.set(path.slice(start, start + HASH_LENGTH), path);
    }
    this.scanner = new ReferenceScanner(this.byHash);
  }

  push(chunk: Uint8Array): void {
    this.scanner.push(chunk);
  }

  /** The candidates seen so far, sorted. */
  get mentioned(): string[] {
    return [...this.scanner.mentioned].flatMap((hash) => this.byHash.get(hash) ?? []).sort();
  }
}

/** The store paths of `candidates` that the bytes mention, sorted. */
export function scanReferences(bytes: Uint8Array, candidates: Iterable<string>): string[] {
  const scanner = new StorePathScanner(candidates);
  scanner.push(bytes);
  return scanner.mentioned;
}

/**
 * Where a text stops being JSON, in the words of Go's scanner (`encoding/json`). It goes by bytes,
 * and names a byte above ASCII as the Latin-1 character of its number.
 */
import { quote } from './go';

/** As deep as Go lets lists and objects nest. */
const maxDepth = 10_000;
type Container = { readonly close: string; readonly after: string };

const containers: Readonly<Record<string, Container>> = {
  '{': { close: '}', after: 'after object key:value pair' },
  '[': { close: ']', after: 'after array element' },
};
const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const escapes = 'bfnrt\\/"';

/** @throws Error with Go's message for bytes that are not one JSON value */
export function checkJsonSyntax(bytes: Uint8Array): void {
  const scanner = new Scanner(bytes);
  scanner.value();
  scanner.space();
  if (!scanner.atEnd) scanner.refuse('after top-level value');
}

class Scanner {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next byte as a character; empty at the end. */
  get #next(): string {
    return this.atEnd ? '' : String.fromCharCode(this.#bytes[this.#at] ?? 0);
  }

  #isAt(characters: string): boolean {
    return !this.atEnd && characters.includes(this.#next);
  }

  refuse(where: string): never {
    throw new Error(
      this.atEnd
        ? 'unexpected end of JSON input'
        : `invalid character ${quoted(this.#next)} ${where}`,
    );
  }

  /** Go tries a blank at the end, which refuses what is cut short where no blank may be. */
  #refuseWithin(where: string): never {
    if (this.atEnd) throw new Error(`invalid character ' ' ${where}`);
    return this.refuse(where);
  }

  space(): void {
    while (this.#isAt(' \t\r\n')) this.#at += 1;
  }

  /** One value with all that is in it: without recursion, as lists may nest deeper than our stack. */
  value(): void {
    const open: Container[] = [];
    do {
      const inner = this.#start();
      if (inner === undefined) this.#end(open);
      else {
        open.push(inner);
        if (open.length > maxDepth) throw new Error('exceeded max depth');
        if (this.#takes(inner.close)) {
          open.pop();
          this.#end(open);
        } else if (inner.close === '}') this.#key();
      }
    } while (open.length > 0);
  }

  /** Begins a value: what opens a container is taken, any other value whole. */
  #start(): Container | undefined {
    this.space();
    const first = this.#next;
    const container = containers[first];
    const literal = literals[first];
    if (container !== undefined) this.#at += 1;
    else if (first === '"') this.#string();
    else if (literal !== undefined) this.#literal(literal);
    else if (first === '-' || isDigit(first)) this.#number();
    else this.refuse('looking for beginning of value');
    return container;
  }

  /** What follows a value: the ends of the containers that end with it, or the way to the next one. */
  #end(open: Container[]): void {
    for (let around = open.at(-1); around !== undefined; around = open.at(-1)) {
      if (this.#takes(',')) {
        if (around.close === '}') this.#key();
        return;
      }
      if (!this.#takes(around.close)) this.refuse(around.after);
      open.pop();
    }
  }

  #key(): void {
    this.space();
    if (this.#next !== '"') this.refuse('looking for beginning of object key string');
    this.#string();
    if (!this.#takes(':')) this.refuse('after object key');
  }

  /** Takes `character` with the space before it. */
  #takes(character: string): boolean {
    this.space();
    if (this.#next !== character) return false;
    this.#at += 1;
    return true;
  }

  #string(): void {
    this.#at += 1;
    for (;;) {
      const character = this.#next;
      if (character === '' || character < ' ') this.refuse('in string literal');
      this.#at += 1;
      if (character === '"') return;
      if (character === '\\') this.#escape();
    }
  }

  #escape(): void {
    const kind = this.#next;
    if (kind === 'u') {
      this.#at += 1;
      for (let digit = 0; digit < 4; digit += 1) {
        if (!/^[0-9a-fA-F]$/.test(this.#next))
          this.#refuseWithin('in \\u hexadecimal character escape');
        this.#at += 1;
      }
    } else if (kind !== '' && escapes.includes(kind)) this.#at += 1;
    else this.#refuseWithin('in string escape code');
  }

  #literal(literal: string): void {
    for (const expected of literal) {
      if (this.#next !== expected) {
        this.#refuseWithin(`in literal ${literal} (expecting ${quoted(expected)})`);
      }
      this.#at += 1;
    }
  }

  #number(): void {
    if (this.#next === '-') {
      this.#at += 1;
      if (!isDigit(this.#next)) this.#refuseWithin('in numeric literal');
    }
    if (this.#next === '0') this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#next === '.') {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.#isAt('eE')) {
      this.#at += 1;
      if (this.#isAt('+-')) this.#at += 1;
      this.#digits('in exponent of numeric literal');
    }
  }

  #digits(where: string): void {
    if (!isDigit(this.#next)) this.#refuseWithin(where);
    while (isDigit(this.#next)) this.#at += 1;
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character.length === 1;
}

/** As Go writes a character in its messages. */
function quoted(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${quote(character).slice(1, -1)}'`;
}

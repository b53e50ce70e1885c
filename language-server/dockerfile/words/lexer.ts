/**
 * Shell words: quotes, escapes and variables, as BuildKit's own little shell reads them.
 *
 * The lexer works on runes, so bytes that are not UTF-8 come out as U+FFFD. One accident is kept on
 * purpose: the word buffer is shared with the words inside `${…}`, so splitting `a${x:-b}` gives
 * `b`, not `ab` (EXPOSE is where this shows).
 */
import { asRunes } from '../text/bytes';
import { isSpace, quote } from '../text/go';
import type { Environment } from './environment';
import { replaceAll, replaceFirst, trimPrefix, trimSuffix } from './pattern';

export type LexerOptions = {
  readonly escape: string;
  /** Keep quotes in the result. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters in the result. */
  readonly rawEscapes?: boolean;
  /** Treat quotes as ordinary characters. */
  readonly skipQuotes?: boolean;
  /** Leave a variable without a value as it stands. */
  readonly skipUnset?: boolean;
};

export type Expansion = {
  readonly result: string;
  /** Variables that had a value. */
  readonly matched: ReadonlySet<string>;
  /** Variables that had none. */
  readonly unmatched: ReadonlySet<string>;
};

/** A word that cannot be expanded; the message is BuildKit's. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError';
}

const noNames: ReadonlySet<string> = new Set();

/**
 * Expands one word.
 * @throws {ExpansionError} after having told which variables it met through `seen`.
 */
export function expandWord(
  word: string,
  environment: Environment,
  options: LexerOptions,
  seen?: { unmatched: ReadonlySet<string> },
): Expansion {
  if (isPlain(word, options.escape)) {
    return { result: asRunes(word), matched: noNames, unmatched: noNames };
  }
  const lexer = new Lexer(word, environment, options);
  try {
    const result = lexer.read();
    return { result, matched: lexer.matched, unmatched: lexer.unmatched };
  } catch (error) {
    throw explain(word, error);
  } finally {
    if (seen !== undefined) seen.unmatched = lexer.unmatched;
  }
}

/**
 * Expands a text and splits it at white space outside quotes.
 * @throws {ExpansionError}
 */
export function expandWords(
  text: string,
  environment: Environment,
  options: LexerOptions,
): readonly string[] {
  const lexer = new Lexer(text, environment, options);
  try {
    lexer.read();
    return lexer.words;
  } catch (error) {
    throw explain(text, error);
  }
}

function explain(word: string, error: unknown): ExpansionError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ExpansionError(`failed to process ${quote(word)}: ${reason}`, { cause: error });
}

function isPlain(word: string, escape: string): boolean {
  const escapeCode = escape.charCodeAt(0);
  for (let index = 0; index < word.length; index++) {
    const code = word.charCodeAt(index);
    if (code === 0x24 || code === 0x22 || code === 0x27 || code === 0x3c || code === escapeCode) {
      return false;
    }
  }
  return !word.startsWith('\ufeff');
}

/** The parameters that are one character long: `$@`, `$*`, `$#` … */
const specialParameters = new Set('@*#?-$!0');
const letterOrDigit = /^[\p{L}\p{Nd}]$/u;
const digit = /^\p{Nd}$/u;

class Lexer {
  readonly matched = new Set<string>();
  readonly unmatched = new Set<string>();
  words: readonly string[] = [];

  readonly #runes: readonly string[];
  readonly #environment: Environment;
  readonly #options: LexerOptions;
  #next = 0;
  #rawEscapes: boolean;
  #wordBuffer = '';

  constructor(word: string, environment: Environment, options: LexerOptions) {
    const runes = asRunes(word);
    // Go's text/scanner drops a byte-order mark in front.
    this.#runes = Array.from(runes.startsWith('\ufeff') ? runes.slice(1) : runes);
    this.#environment = environment;
    this.#options = options;
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  read(): string {
    const { result, words } = this.#readUntil(undefined, this.#rawEscapes);
    this.words = words;
    return result;
  }

  #peek(): string | undefined {
    return this.#runes[this.#next];
  }

  #take(): string | undefined {
    return this.#runes[this.#next++];
  }

  #atEnd(): boolean {
    return this.#next >= this.#runes.length;
  }

  #readUntil(
    stop: string | undefined,
    rawEscapes: boolean,
  ): { result: string; words: readonly string[] } {
    const before = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    try {
      return this.#readText(stop);
    } finally {
      this.#rawEscapes = before;
    }
  }

  #readText(stop: string | undefined): { result: string; words: readonly string[] } {
    let result = '';
    const words = new WordSplitter(
      () => this.#wordBuffer,
      (text) => (this.#wordBuffer = text),
    );
    this.#wordBuffer = '';
    for (let rune = this.#peek(); rune !== undefined; rune = this.#peek()) {
      if (stop !== undefined && rune === stop) {
        this.#next++;
        return { result, words: words.finish() };
      }
      const special = this.#special(rune);
      if (special !== undefined) {
        result += special;
        if (rune === '$') words.addText(special);
        else words.addQuoted(special);
        continue;
      }
      this.#next++;
      if (rune !== this.#options.escape) {
        words.addText(rune);
        result += rune;
        continue;
      }
      if (this.#rawEscapes) {
        words.addQuoted(rune);
        result += rune;
      }
      const escaped = this.#take();
      if (escaped === undefined) break;
      words.addQuoted(escaped);
      result += escaped;
    }
    if (stop !== undefined) {
      throw new Error(`unexpected end of statement while looking for matching ${stop}`);
    }
    return { result, words: words.finish() };
  }

  #special(rune: string): string | undefined {
    if (rune === '$') return this.#readDollar();
    if (rune === '<') return this.#readAngle();
    if (this.#options.skipQuotes === true) return undefined;
    if (rune === "'") return this.#readSingleQuote();
    if (rune === '"') return this.#readDoubleQuote();
    return undefined;
  }

  #readSingleQuote(): string {
    this.#next++;
    const start = this.#next;
    while (!this.#atEnd() && this.#peek() !== "'") this.#next++;
    if (this.#atEnd()) {
      throw new Error('unexpected end of statement while looking for matching single-quote');
    }
    const inside = this.#runes.slice(start, this.#next).join('');
    this.#next++;
    return this.#options.rawQuotes === true ? `'${inside}'` : inside;
  }

  #readDoubleQuote(): string {
    this.#next++;
    const quoteText = this.#options.rawQuotes === true ? '"' : '';
    let result = quoteText;
    for (let rune = this.#peek(); rune !== undefined; rune = this.#peek()) {
      if (rune === '"') {
        this.#next++;
        return result + quoteText;
      }
      if (rune === '$') {
        result += this.#readDollar();
        continue;
      }
      this.#next++;
      if (rune === this.#options.escape) {
        if (this.#rawEscapes) result += rune;
        const escaped = this.#peek();
        if (escaped === undefined) continue;
        if (escaped === '"' || escaped === '$' || escaped === this.#options.escape) {
          this.#next++;
          result += escaped;
          continue;
        }
      }
      result += rune;
    }
    throw new Error('unexpected end of statement while looking for matching double-quote');
  }

  /** `<` and `<<`: white space after `<<` belongs to the word, so that a heredoc stays one word. */
  #readAngle(): string {
    this.#next++;
    if (this.#peek() !== '<') return '<';
    this.#next++;
    let result = '<<';
    for (let rune = this.#peek(); rune === ' ' || rune === '\t' || rune === '\r';) {
      result += rune;
      this.#next++;
      rune = this.#peek();
    }
    return result;
  }

  #readDollar(): string {
    this.#next++;
    if (this.#peek() !== '{') {
      const name = this.#readName();
      if (name === '') return '$';
      const value = this.#lookUp(name);
      if (value === undefined && this.#options.skipUnset === true) return `$${name}`;
      return value ?? '';
    }
    this.#next++;
    const first = this.#peek();
    if (first === undefined) throw new Error("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') {
      throw new Error('syntax error: bad substitution');
    }
    const name = this.#readName();
    const modifier = this.#take() ?? '\ufffd';
    if (modifier === '}') {
      const value = this.#lookUp(name);
      if (value === undefined && this.#options.skipUnset === true) return `\${${name}}`;
      return value ?? '';
    }
    if (modifier === ':') return this.#readModified(name, this.#take() ?? '\ufffd', true);
    if (modifier === '/') return this.#readReplacement(name);
    if ('+-?#%'.includes(modifier)) return this.#readModified(name, modifier, false);
    throw new Error(`unsupported modifier (${modifier}) in substitution`);
  }

  #readModified(name: string, modifier: string, nullIsUnset: boolean): string {
    const written = nullIsUnset ? `:${modifier}` : modifier;
    const isPattern = modifier === '#' || modifier === '%';
    const unsupported = `unsupported modifier (${written}) in substitution`;
    if (nullIsUnset && isPattern) throw new Error(unsupported);
    const word = this.#readInner('}', isPattern, "syntax error: missing '}'");
    const value = this.#lookUp(name);
    if (this.#options.skipUnset === true && value === undefined) {
      return `\${${name}${written}${word}}`;
    }
    const missing = value === undefined || (nullIsUnset && value === '');
    switch (modifier) {
      case '-':
        return missing ? word : value;
      case '+':
        return missing ? '' : word;
      case '?': {
        if (!missing) return value;
        const kind = value === undefined ? 'unset' : 'empty';
        throw new Error(`${name}: ${word === '' ? `is not allowed to be ${kind}` : word}`);
      }
      case '#':
      case '%': {
        const greedy = word.startsWith(modifier);
        const pattern = greedy ? word.slice(1) : word;
        const trim = modifier === '#' ? trimPrefix : trimSuffix;
        return trim(pattern, value ?? '', greedy);
      }
      default:
        throw new Error(unsupported);
    }
  }

  #readReplacement(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#next++;
    const pattern = this.#readInner('/', true, "syntax error: missing '/' in ${}");
    const replacement = this.#readInner('}', true, "syntax error: missing '}'");
    const value = this.#lookUp(name);
    if (this.#options.skipUnset === true && value === undefined) {
      return `\${${name}/${pattern}/${replacement}}`;
    }
    return (all ? replaceAll : replaceFirst)(value ?? '', pattern, replacement);
  }

  /** A text inside `${…}`; at the end of the input the message is about the missing character. */
  #readInner(stop: string, rawEscapes: boolean, missing: string): string {
    try {
      return this.#readUntil(stop, rawEscapes).result;
    } catch (error) {
      if (this.#atEnd()) throw new Error(missing, { cause: error });
      throw error;
    }
  }

  #readName(): string {
    const first = this.#peek();
    if (first === undefined) return '';
    const start = this.#next;
    if (digit.test(first)) {
      while (digit.test(this.#peek() ?? '')) this.#next++;
    } else if (specialParameters.has(first)) {
      this.#next++;
    } else {
      for (let rune = this.#peek(); rune !== undefined; rune = this.#peek()) {
        if (rune !== '_' && !letterOrDigit.test(rune)) break;
        this.#next++;
      }
    }
    return this.#runes.slice(start, this.#next).join('');
  }

  #lookUp(name: string): string | undefined {
    const value = this.#environment.get(name);
    (value === undefined ? this.unmatched : this.matched).add(name);
    return value;
  }
}

/** Collects words; the buffer lives with the lexer, see the note at the top. */
class WordSplitter {
  readonly #words: string[] = [];
  #inWord = false;

  constructor(
    private readonly buffer: () => string,
    private readonly setBuffer: (text: string) => void,
  ) {}

  /** Text in which white space ends a word. */
  addText(text: string): void {
    for (const rune of text) {
      if (!isSpace(rune.charCodeAt(0))) this.addQuoted(rune);
      else if (this.#inWord && this.buffer() !== '') {
        this.#words.push(this.buffer());
        this.setBuffer('');
        this.#inWord = false;
      }
    }
  }

  /** Text that belongs to the word whatever it holds. */
  addQuoted(text: string): void {
    this.setBuffer(this.buffer() + text);
    this.#inWord = true;
  }

  finish(): readonly string[] {
    if (this.buffer() !== '') {
      this.#words.push(this.buffer());
      this.setBuffer('');
      this.#inWord = false;
    }
    return this.#words;
  }
}

/**
 * The words of a shell command: enough to colour it, over pieces that come line by line.
 *
 * It knows quotes, comments, variables, operators, keywords and which word is a command; it does not
 * parse the shell's grammar.
 */
import type { ColouredSpan, TokenType } from './legend';

const keywords = new Set(
  'if then else elif fi for while until do done case esac in function select time { } ! [[ ]]'.split(
    ' ',
  ),
);
/** Words behind which a command follows. */
const openers = new Set('if then else elif while until do time { !'.split(' '));

export class ShellTokens {
  #quote: '"' | "'" | undefined;
  #expectsCommand = true;

  /** A line that ends without a continuation ends the command. */
  endLine(): void {
    if (this.#quote === undefined) this.#expectsCommand = true;
  }

  /**
   * Colours one piece of a line.
   * @param base the offset of the piece in the file
   */
  *read(text: string, base: number): Generator<ColouredSpan> {
    let at = 0;
    while (at < text.length) {
      const rest = text.slice(at);
      if (this.#quote !== undefined) {
        const end = this.#quoted(text, at);
        yield* inQuotes(
          text.slice(at, end),
          base + at,
          this.#quote === '"' || text[end - 1] === '"',
        );
        if (this.#closed) this.#quote = undefined;
        at = end;
        continue;
      }
      const blank = /^\s+/.exec(rest)?.[0];
      if (blank !== undefined) {
        at += blank.length;
        continue;
      }
      if (rest.startsWith('#') && (at === 0 || /\s/.test(text[at - 1] ?? ''))) {
        yield { start: base + at, end: base + text.length, type: 'comment' };
        return;
      }
      const [, quote] = /^(["'])/.exec(rest) ?? [];
      if (quote === '"' || quote === "'") {
        this.#quote = quote;
        yield { start: base + at, end: base + at + 1, type: 'string' };
        at += 1;
        this.#expectsCommand = false;
        continue;
      }
      const operator = /^(?:&&|\|\||;;|[|&;()]|\d*[<>]+[&|]?-?)/.exec(rest)?.[0];
      if (operator !== undefined) {
        yield { start: base + at, end: base + at + operator.length, type: 'operator' };
        if (/^[|&;(]/.test(operator)) this.#expectsCommand = true;
        at += operator.length;
        continue;
      }
      const variable = /^\$(?:\{[^}]*\}?|\w+|[@*#?$!-])/.exec(rest)?.[0];
      if (variable !== undefined) {
        yield { start: base + at, end: base + at + variable.length, type: 'variable' };
        at += variable.length;
        this.#expectsCommand = false;
        continue;
      }
      const word = /^(?:\\.|[^\s"'|&;()<>$\\])+|^\$|^\\/.exec(rest)?.[0] ?? rest.slice(0, 1);
      yield* this.#word(word, base + at);
      at += word.length;
    }
  }

  #closed = false;

  /** The end of what is quoted; notes whether the quote is closed there. */
  #quoted(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      if (text[at] === '\\' && this.#quote === '"') at++;
      else if (text[at] === this.#quote) {
        this.#closed = true;
        return at + 1;
      }
    }
    this.#closed = false;
    return text.length;
  }

  *#word(word: string, start: number): Generator<ColouredSpan> {
    const span = (type: TokenType): ColouredSpan => ({ start, end: start + word.length, type });
    const [assignment] = /^[A-Za-z_]\w*(?=\+?=)/.exec(word) ?? [];
    if (this.#expectsCommand && assignment !== undefined) {
      yield { start, end: start + assignment.length, type: 'variable' };
      return;
    }
    if (this.#expectsCommand && keywords.has(word)) {
      yield span('keyword');
      this.#expectsCommand = openers.has(word);
      return;
    }
    if (this.#expectsCommand) yield span('function');
    else if (word === 'in' || word === 'do') yield span('keyword');
    else if (word.startsWith('-')) yield span('parameter');
    else if (/^\d+$/.test(word)) yield span('number');
    else yield span('string');
    this.#expectsCommand = false;
  }
}

/** A quoted text, with the variables that double quotes let through. */
function* inQuotes(text: string, base: number, expands: boolean): Generator<ColouredSpan> {
  let from = 0;
  if (expands) {
    for (const { 0: variable, index } of text.matchAll(/\$(?:\{[^}]*\}|\w+)/g)) {
      if (index > from) yield { start: base + from, end: base + index, type: 'string' };
      yield { start: base + index, end: base + index + variable.length, type: 'variable' };
      from = index + variable.length;
    }
  }
  if (text.length > from) yield { start: base + from, end: base + text.length, type: 'string' };
}

/**
 * The ways to split an instruction's arguments: BuildKit's line parsers.
 *
 * The instruction table says which one an instruction has. They know no variables. Each gives the arguments as BuildKit's syntax tree has them, and the
 * words of the text with their offsets.
 */
import { asRunes, fromByteString, toByteString } from '../text/bytes';
import { isBlank, isSpace, quote } from '../text/go';
import { parseJsonArray } from './json-array';
import type { ArgumentSplit } from '../grammar/specification';
import type { EscapeToken } from './syntax-tree';

/** A piece of the argument text; offsets count from its start. */
export type Piece = { readonly text: string; readonly start: number; readonly end: number };

export type Arguments = {
  readonly args: readonly string[];
  readonly words: readonly Piece[];
  readonly json: boolean;
};

/** @param command the instruction's name in upper case, for messages */
export type ArgumentParser = (rest: string, escape: EscapeToken, command: string) => Arguments;

const none: Arguments = { args: [], words: [], json: false };

/** An instruction as an argument (ONBUILD) is not here: it is read as a line of its own. */
export const argumentParsers: Readonly<
  Record<Exclude<ArgumentSplit, 'instruction'>, ArgumentParser>
> = {
  words: blankSeparated,
  'quoted-words': plainWords,
  'json-or-words': jsonOrWords,
  'json-or-text': jsonOrText,
  pairs,
  text: wholeText,
  'word-and-command': typeAndCommand,
};

function fromPieces(words: readonly Piece[], json = false): Arguments {
  return { args: words.map((word) => word.text), words, json };
}

function wholeText(rest: string): Arguments {
  return rest === '' ? none : fromPieces([{ text: rest, start: 0, end: rest.length }]);
}

function jsonArray(rest: string): Arguments | undefined {
  const words = parseJsonArray(rest);
  return words === undefined ? undefined : fromPieces(words, true);
}

function jsonOrText(rest: string): Arguments {
  return jsonArray(rest) ?? wholeText(rest);
}

function jsonOrWords(rest: string): Arguments {
  return jsonArray(rest) ?? blankSeparated(rest);
}

function blankSeparated(rest: string): Arguments {
  if (rest === '') return none;
  const words: Piece[] = [];
  let start = 0;
  for (let at = 0; at <= rest.length; at++) {
    if (at < rest.length && !isBlank(rest.charCodeAt(at))) continue;
    words.push({ text: rest.slice(start, at), start, end: at });
    while (at + 1 < rest.length && isBlank(rest.charCodeAt(at + 1))) at++;
    start = at + 1;
  }
  return fromPieces(words);
}

function plainWords(rest: string, escape: EscapeToken): Arguments {
  return fromPieces(splitWords(rest, escape));
}

/** ENV and LABEL: `name=value …`, or the old `name value`. The first word decides. */
function pairs(rest: string, escape: EscapeToken, command: string): Arguments {
  const words = splitWords(rest, escape);
  const [first] = words;
  if (first === undefined) return none;
  if (!first.text.includes('=')) return legacyPair(command, rest);
  const args: string[] = [];
  for (const { text } of words) {
    const equals = text.indexOf('=');
    if (equals < 0) {
      throw new Error(
        `Syntax error - can't find = in ${quote(text)}. Must be of the form: name=value`,
      );
    }
    args.push(text.slice(0, equals), text.slice(equals + 1), '=');
  }
  return { args, words, json: false };
}

function legacyPair(command: string, rest: string): Arguments {
  const match = /[\t\v\f\r ]+/.exec(rest);
  if (match === null) throw new Error(`${command} must have two arguments`);
  const key = { text: rest.slice(0, match.index), start: 0, end: match.index };
  const start = match.index + match[0].length;
  const value = { text: rest.slice(start), start, end: rest.length };
  return { args: [key.text, value.text, ''], words: [key, value], json: false };
}

/** HEALTHCHECK: a type, then a command like CMD's. The type ends at a byte that is white space. */
function typeAndCommand(rest: string): Arguments {
  const bytes = toByteString(rest);
  let typeEnd = 0;
  while (typeEnd < bytes.length && !isSpace(bytes.charCodeAt(typeEnd))) typeEnd++;
  if (typeEnd === 0) return none;
  let next = typeEnd;
  while (next < bytes.length && isSpace(bytes.charCodeAt(next))) next++;
  const type = fromByteString(bytes.slice(0, typeEnd));
  const command = fromByteString(bytes.slice(next));
  const offset = rest.length - command.length;
  const { args, words, json } = jsonOrText(command);
  return {
    args: [type, ...args],
    words: [
      { text: type, start: 0, end: type.length },
      ...words.map((word) => ({
        text: word.text,
        start: word.start + offset,
        end: word.end + offset,
      })),
    ],
    json,
  };
}

/**
 * Splits at Unicode white space outside quotes. Quotes and escapes stay in the words, bytes that are
 * not UTF-8 become U+FFFD, and an escape character at the very end is dropped.
 */
export function splitWords(rest: string, escape: EscapeToken): readonly Piece[] {
  const words: Piece[] = [];
  let text = '';
  let start = -1;
  let quoted = false;
  let quoteMark: string | undefined;
  const finish = (end: number): void => {
    if (start >= 0 && (quoted || text !== '')) words.push({ text: asRunes(text), start, end });
    text = '';
    start = -1;
    quoted = false;
  };
  for (let at = 0; at < rest.length; at++) {
    const unit = rest[at] ?? '';
    if (quoteMark === undefined) {
      if (isSpace(rest.charCodeAt(at))) {
        finish(at);
        continue;
      }
      if (start < 0) start = at;
      if (unit === "'" || unit === '"') {
        quoteMark = unit;
        quoted = true;
      }
    } else if (unit === quoteMark) quoteMark = undefined;
    const escapes = unit === escape && quoteMark !== "'";
    if (escapes && at + 1 === rest.length) {
      quoteMark = undefined;
      continue;
    }
    text += unit;
    if (escapes) text += rest[++at] ?? '';
  }
  finish(rest.length);
  return words;
}

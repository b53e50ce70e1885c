/** The corners of Go's string library in which BuildKit's behaviour lives. */
import { cleanPath } from '../../../proto/patterns/clean-path';
import { asRunes } from './bytes';

export { cleanPath };

/** `unicode.IsSpace` for one UTF-16 unit (no space lies outside the basic plane). */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** `[\t\v\f\r ]`, the white space of BuildKit's line parsers. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || (code >= 0x0b && code <= 0x0d);
}

/** The index of the first character at or after `from` that is not Unicode space. */
export function skipSpace(text: string, from = 0): number {
  let index = from;
  while (index < text.length && isSpace(text.charCodeAt(index))) index++;
  return index;
}

/** The end of a text without trailing Unicode space. */
export function trimmedEnd(text: string): number {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

/** `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  return text.slice(skipSpace(text), Math.max(skipSpace(text), trimmedEnd(text)));
}

/** `strings.Cut`: the parts around the first separator, and whether there was one. */
export function cut(
  text: string,
  separator: string,
): [before: string, after: string, found: boolean] {
  const index = text.indexOf(separator);
  if (index < 0) return [text, '', false];
  return [text.slice(0, index), text.slice(index + separator.length), true];
}

/** Compares as Go compares strings: by bytes, which is by code points. */
export function compareBytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return utf8Rank(a) - utf8Rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters past U+FFFF, which sort after all others in UTF-8. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** `strings.ToLower`: simple case mapping, rune by rune; bytes that are not UTF-8 become U+FFFD. */
export function toLower(text: string): string {
  // The one letter whose full mapping is longer than its simple one.
  return mapRunes(text, (rune) => (rune === 'İ' ? 'i' : rune.toLowerCase()));
}

/** `strings.ToUpper`: simple case mapping, rune by rune (`ß` stays as it is). */
export function toUpper(text: string): string {
  return mapRunes(text, (rune) => rune.toUpperCase());
}

function mapRunes(text: string, map: (rune: string) => string): string {
  let wide = false;
  for (let index = 0; index < text.length && !wide; index++) wide = text.charCodeAt(index) >= 0x80;
  if (!wide) return map(text);
  let result = '';
  for (const rune of asRunes(text)) {
    const mapped = map(rune);
    result += oneRune(mapped) ? mapped : rune;
  }
  return result;
}

function oneRune(text: string): boolean {
  const code = text.codePointAt(0);
  return code !== undefined && text.length === (code > 0xffff ? 2 : 1);
}

/** `strings.EqualFold`, for texts whose case folding is simple. */
export function equalFold(left: string, right: string): boolean {
  return left === right || toLower(left) === toLower(right);
}

/** `strconv.ParseBool`; undefined for anything else. */
export function parseBool(text: string): boolean | undefined {
  return booleans.get(text);
}

const booleans = new Map<string, boolean>([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

const quoteEscapes = new Map<string, string>([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
]);
/** What `strconv.IsPrint` lets through: letters, marks, numbers, punctuation, symbols, the space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** `strconv.Quote` and `%q` of a string. */
export function quote(text: string): string {
  let result = '"';
  for (const rune of text) {
    const code = rune.codePointAt(0) ?? 0;
    const escape = quoteEscapes.get(rune);
    if (escape !== undefined) result += escape;
    else if (code >= 0xdc80 && code <= 0xdcff) result += `\\x${(code - 0xdc00).toString(16)}`;
    else if (printable.test(rune)) result += rune;
    else if (code < 0x20 || code === 0x7f) result += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code < 0x10000) result += `\\u${code.toString(16).padStart(4, '0')}`;
    else result += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `${result}"`;
}

/** `%q` of a list of strings. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(' ')}]`;
}

/** `path.Join`. */
export function joinPath(...parts: readonly string[]): string {
  const present = parts.filter((part) => part !== '');
  return present.length === 0 ? '' : cleanPath(present.join('/'));
}

/** `path.Base`. */
export function basePath(path: string): string {
  if (path === '') return '.';
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  if (end === 0) return '/';
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

/** `path.Dir`. */
export function dirPath(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf('/') + 1));
}

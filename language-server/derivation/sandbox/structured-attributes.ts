/**
 * Structured attributes: a derivation's attributes as JSON, and the two files that Nix writes of them
 * for a builder, `.attrs.json` and `.attrs.sh`.
 *
 * Numbers keep the digits they are written with: Nix's integers have 64 bits, and its printing of
 * floats is not JavaScript's.
 */
import { isLosslessNumber, parse } from 'lossless-json';
import { byteStringOfText, exactTextOf, type ByteString } from '../byte-string';

/** A number is the text that it was written as. */
export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, JsonValue> };

export type JsonNumber = { readonly kind: 'number'; readonly digits: string };
export type Attributes = ReadonlyMap<string, JsonValue>;

export const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
export const isObject = (
  value: JsonValue,
): value is { readonly kind: 'object'; readonly entries: Attributes } =>
  typeof value === 'object' && value !== null && 'entries' in value && !isArray(value);
export const isNumber = (value: JsonValue): value is JsonNumber =>
  typeof value === 'object' && value !== null && 'digits' in value;

export const jsonNumber = (value: number): JsonNumber => ({ kind: 'number', digits: `${value}` });
export const jsonObject = (entries: Attributes): JsonValue => ({ kind: 'object', entries });

/** Reads the text of `__json`; undefined when it is no JSON object. */
export function parseAttributes(text: ByteString): Attributes | undefined {
  const exact = exactTextOf(text);
  if (exact === undefined) return undefined;
  try {
    const value = fromLibrary(parse(exact));
    return isObject(value) ? value.entries : undefined;
  } catch {
    // The library says only that it is no JSON, which is what undefined means here.
    return undefined;
  }
}

function fromLibrary(value: unknown): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (isLosslessNumber(value)) return { kind: 'number', digits: value.value };
  if (Array.isArray(value)) return value.map((each: unknown) => fromLibrary(each));
  const entries = typeof value === 'object' ? Object.entries(value) : [];
  return jsonObject(
    new Map(
      entries
        .map(([key, each]: [string, unknown]): [string, JsonValue] => [key, fromLibrary(each)])
        .sort(([left], [right]) => compareBytes(left, right)),
    ),
  );
}

/** The order of UTF-8 bytes, in which Nix keeps the keys of an object. */
function compareBytes(left: string, right: string): number {
  const [a, b] = [byteStringOfText(left), byteStringOfText(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line, without spaces, keys sorted: what Nix writes to `.attrs.json`. */
export function attributesJson(attributes: Attributes): string {
  return jsonText(jsonObject(attributes));
}

function jsonText(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (isObject(value)) {
    const sorted = [...value.entries].sort(([left], [right]) => compareBytes(left, right));
    return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${jsonText(each)}`).join(',')}}`;
  }
  return value.digits;
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `'text'` for a shell; Nix writes a quote inside as `'\''`. */
export function shellQuoted(text: string): string {
  return text.includes("'") ? `'${text.replaceAll("'", String.raw`'\''`)}'` : `'${text}'`;
}

/** A value that a shell variable can hold, as Nix writes it; undefined for lists, objects, fractions. */
function simple(value: JsonValue): string | undefined {
  if (value === null) return "''";
  if (typeof value === 'string') return shellQuoted(value);
  if (typeof value === 'boolean') return value ? '1' : '';
  if (!isNumber(value)) return undefined;
  // Nix asks in 32-bit floats whether it is whole, and then writes it as a 32-bit integer.
  if (/^-?\d+$/.test(value.digits)) return BigInt.asIntN(32, BigInt(value.digits)).toString();
  const number = Number(value.digits);
  const rounded = Math.fround(number);
  // What is too large for such a float counts as whole.
  if (Number.isFinite(rounded) && !Number.isInteger(rounded)) return undefined;
  return Math.abs(number) < 2 ** 31 ? `${Math.trunc(number)}` : '-2147483648';
}

/**
 * `.attrs.sh`: what can be said in bash of the attributes. Names that are no shell names, fractions and
 * values nested deeper than a flat list or object are left out, as Nix does.
 */
export function attributesShell(attributes: Attributes): string {
  let text = '';
  for (const [name, value] of [...attributes].sort(([a], [b]) => compareBytes(a, b))) {
    if (!SHELL_NAME.test(name)) continue;
    const plain = simple(value);
    if (plain !== undefined) text += `declare ${name}=${plain}\n`;
    else if (value !== null && typeof value === 'object' && isArray(value)) {
      const parts = value.map(simple);
      if (parts.every((part) => part !== undefined)) {
        text += `declare -a ${name}=(${parts.map((part) => `${part} `).join('')})\n`;
      }
    } else if (isObject(value)) {
      const parts = [...value.entries].map(([key, each]) => [shellQuoted(key), simple(each)]);
      if (parts.every(([, part]) => part !== undefined)) {
        text += `declare -A ${name}=(${parts.map(([key, part]) => `[${key}]=${part} `).join('')})\n`;
      }
    }
  }
  return text;
}

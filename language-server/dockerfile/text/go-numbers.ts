/** Go's number and duration texts, with Go's error messages. */
import { quote } from './go';

/** A number that Go would reject; `reason` is what Go says without the text. */
export class NumberError extends Error {
  override readonly name = 'NumberError';
  constructor(
    readonly func: string,
    readonly text: string,
    readonly reason: 'invalid syntax' | 'value out of range',
  ) {
    super(`strconv.${func}: parsing ${quote(text)}: ${reason}`);
  }
}

/**
 * `strconv.ParseInt(text, base, bits)`; with `func` set to `Atoi` for its messages.
 * @throws {NumberError}
 */
export function parseInteger(
  text: string,
  base: 8 | 10,
  bits: number,
  func: 'ParseInt' | 'ParseUint' | 'Atoi' = 'ParseInt',
): bigint {
  const signed = func !== 'ParseUint';
  const negative = signed && text.startsWith('-');
  const digits = signed && /^[+-]/.test(text) ? text.slice(1) : text;
  if (!(base === 8 ? /^[0-7]+$/ : /^[0-9]+$/).test(digits)) {
    throw new NumberError(func, text, 'invalid syntax');
  }
  const size = BigInt(base === 8 ? `0o${digits}` : digits);
  const limit = signed
    ? (1n << BigInt(bits - 1)) - (negative ? 0n : 1n)
    : (1n << BigInt(bits)) - 1n;
  if (size > limit) throw new NumberError(func, text, 'value out of range');
  return negative ? -size : size;
}

const unitNanoseconds = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const maxDuration = (1n << 63n) - 1n;

/**
 * `time.ParseDuration`, in nanoseconds.
 * @throws Error with Go's message.
 */
export function parseDuration(text: string): bigint {
  const invalid = new Error(`time: invalid duration ${quote(text)}`);
  const negative = text.startsWith('-');
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw invalid;
  let total = 0n;
  while (rest !== '') {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest);
    const [matched = '', whole = '', fraction = ''] = number ?? [];
    if (whole === '' && fraction === '') throw invalid;
    rest = rest.slice(matched.length);
    const unit = /^[^.0-9]+/.exec(rest)?.[0] ?? '';
    if (unit === '') throw new Error(`time: missing unit in duration ${quote(text)}`);
    const scale = unitNanoseconds.get(unit);
    if (scale === undefined) {
      throw new Error(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    }
    rest = rest.slice(unit.length);
    total += BigInt(whole === '' ? '0' : whole) * scale;
    if (fraction !== '') total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    if (total > maxDuration + (negative ? 1n : 0n)) throw invalid;
  }
  return negative ? -total : total;
}

/** `time.Duration.String`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < 1_000n) return `${sign}${size.toString()}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const seconds = decimal(size % 60_000_000_000n, 1_000_000_000n);
  const minutes = size / 60_000_000_000n;
  const hours = minutes / 60n;
  if (hours > 0n) return `${sign}${hours.toString()}h${(minutes % 60n).toString()}m${seconds}s`;
  return minutes > 0n ? `${sign}${minutes.toString()}m${seconds}s` : `${sign}${seconds}s`;
}

function decimal(value: bigint, scale: bigint): string {
  const width = scale.toString().length - 1;
  const fraction = (value % scale).toString().padStart(width, '0').replace(/0+$/, '');
  return fraction === '' ? (value / scale).toString() : `${(value / scale).toString()}.${fraction}`;
}

const binarySuffixes = new Map(
  ['k', 'm', 'g', 't', 'p'].map((letter, index) => [letter, 1024 ** (index + 1)]),
);

/**
 * `units.RAMInBytes`: a size such as `64m` or `1.5 GiB`, in bytes.
 * @throws Error when it is none.
 */
export function parseRamSize(text: string): number {
  const separator = Math.max(...Array.from('0123456789. ', (digit) => text.lastIndexOf(digit)));
  if (separator < 0) throw new Error(`invalid size: '${text}'`);
  const number = text.slice(0, text[separator] === ' ' ? separator : separator + 1);
  const suffix = text.slice(separator + 1).toLowerCase();
  if (!/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(number)) {
    throw new Error(`strconv.ParseFloat: parsing ${quote(number)}: invalid syntax`);
  }
  const size = Number(number);
  if (size < 0) throw new Error(`invalid size: '${text}'`);
  if (suffix === '' || suffix === 'b') return Math.trunc(size);
  const match = /^([a-z])(?:b|ib)?$/.exec(suffix);
  const scale = binarySuffixes.get(match?.[1] ?? '');
  if (scale === undefined) {
    throw new Error(`invalid suffix: '${suffix}'`);
  }
  return Math.trunc(size * scale);
}

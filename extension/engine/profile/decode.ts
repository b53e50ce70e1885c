/**
 * Decoders for JSON that came from outside: each checks a value and gives it its type, or says in
 * plain words which part is wrong.
 */

/** `message` names the offending part, e.g. `"buildArgs.CC" must be a string`. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Checks `value`, found at `path` (empty for the whole). @throws DecodeError */
export type Decoder<T> = (value: unknown, path: string) => T;

function fail(path: string, expected: string): never {
  throw new DecodeError(path === '' ? `must be ${expected}` : `"${path}" must be ${expected}`);
}

function below(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const text: Decoder<string> = (value, path) =>
  typeof value === 'string' ? value : fail(path, 'a string');

export const truth: Decoder<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false');

export const whole: Decoder<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : fail(path, 'a whole number');

export const anything: Decoder<unknown> = (value) => value;

export function oneOf<const T extends string>(...allowed: readonly T[]): Decoder<T> {
  return (value, path) =>
    allowed.find((one) => one === value) ??
    fail(path, `one of ${allowed.map((one) => `"${one}"`).join(', ')}`);
}

export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((one: unknown, index) => item(one, below(path, index)))
      : fail(path, 'a list');
}

export function table<T>(item: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isRecord(value)) return fail(path, 'an object');
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, item(one, below(path, key))]),
    );
  };
}

type Fields = Readonly<Record<string, Decoder<unknown>>>;
type Decoded<R extends Fields, O extends Fields> = {
  readonly [K in keyof R]: ReturnType<R[K]>;
} & { readonly [K in keyof O]?: ReturnType<O[K]> };

/**
 * An object with the `required` and the `optional` fields; other fields are left out, because
 * clients may send more than we know. `null` and absence both mean "not given".
 */
export function object<const R extends Fields, const O extends Fields>(
  required: R,
  optional: O,
): Decoder<Decoded<R, O>> {
  const complete = (out: Readonly<Record<string, unknown>>): out is Decoded<R, O> =>
    Object.keys(required).every((key) => key in out);
  return (value, path) => {
    if (!isRecord(value)) return fail(path, 'an object');
    const out: Record<string, unknown> = {};
    for (const [key, decode] of Object.entries(required)) {
      if (value[key] === undefined || value[key] === null) fail(below(path, key), 'given');
      out[key] = decode(value[key], below(path, key));
    }
    for (const [key, decode] of Object.entries(optional)) {
      if (value[key] !== undefined && value[key] !== null) {
        out[key] = decode(value[key], below(path, key));
      }
    }
    return complete(out) ? out : fail(path, 'complete');
  };
}

/** The first decoder that accepts; the last one's complaint when none does. */
export function either<A, B>(first: Decoder<A>, second: Decoder<B>): Decoder<A | B> {
  return (value, path) => {
    try {
      return first(value, path);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return second(value, path);
    }
  };
}

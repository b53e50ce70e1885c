/**
 * Small type guards that combine into guards of whole messages. What arrives from another process
 * is `unknown` until one of these has looked at every field that is read.
 */
export type Guard<T> = (value: unknown) => value is T;

/** The guard's type. */
export type Guarded<G> = G extends Guard<infer T> ? T : never;

export const isString: Guard<string> = (value) => typeof value === 'string';
export const isBoolean: Guard<boolean> = (value) => typeof value === 'boolean';
/** A finite number: JSON has no others, and none of our fields may be NaN. */
export const isNumber: Guard<number> = (value): value is number => Number.isFinite(value);
/** Counts, offsets and versions. */
export const isCount: Guard<number> = (value): value is number =>
  Number.isSafeInteger(value) && isNumber(value) && value >= 0;
export const isNull: Guard<null> = (value) => value === null;

/** Any non-null object, array or not; its fields are still unknown. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** One of the given constants. */
export function oneOf<const T extends readonly (string | number | boolean)[]>(
  ...choices: T
): Guard<T[number]> {
  const set = new Set<unknown>(choices);
  return (value): value is T[number] => set.has(value);
}

export function arrayOf<T>(item: Guard<T>): Guard<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(item);
}

/** An object used as a map: every own value satisfies `item`. */
export function pairOf<A, B>(first: Guard<A>, second: Guard<B>): Guard<readonly [A, B]> {
  return (value): value is readonly [A, B] =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1]);
}

export function recordOf<T>(item: Guard<T>): Guard<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> =>
    isObject(value) && !Array.isArray(value) && Object.values(value).every(item);
}

export function either<A, B>(a: Guard<A>, b: Guard<B>): Guard<A | B> {
  return (value): value is A | B => a(value) || b(value);
}

type RequiredKeys<T> = {
  [K in keyof T]-?: undefined extends T[K] ? never : K;
}[keyof T];
type OptionalKeys<T> = Exclude<keyof T, RequiredKeys<T>>;
type Shape<T> = { readonly [K in RequiredKeys<T>]: Guard<T[K]> };
type OptionalShape<T> = { readonly [K in OptionalKeys<T>]: Guard<Exclude<T[K], undefined>> };

/**
 * An object with the fields of `required` and possibly those of `optional`; further fields are let
 * through, so that an older reader accepts what a newer writer added.
 */
export function object<T extends object>(
  required: Shape<T>,
  ...rest: OptionalKeys<T> extends never ? [] : [optional: OptionalShape<T>]
): Guard<T> {
  const musts = Object.entries<Guard<unknown>>(required);
  const mays = Object.entries<Guard<unknown>>(rest[0] ?? {});
  return (value): value is T => {
    if (!isObject(value) || Array.isArray(value)) return false;
    const fields = new Map<string, unknown>(Object.entries(value));
    return (
      musts.every(([name, guard]) => guard(fields.get(name))) &&
      mays.every(([name, guard]) => fields.get(name) === undefined || guard(fields.get(name)))
    );
  };
}

/** The value, or undefined when it is not what it should be. */
export function accept<T>(guard: Guard<T>, value: unknown): T | undefined {
  return guard(value) ? value : undefined;
}

/**
 * Whether Go's JSON decoder takes a value for a type, and in what words it refuses. It goes on after
 * a value of a wrong kind and reports the first one at the end; a bad time ends it at once.
 */
import { toLower } from './go';
import { checkTime } from './go-time';

/** A Go type, as far as its decoder looks at it. `name` is the type as Go spells it. */
export type GoType =
  | { readonly kind: 'string' | 'bool' | 'integer' | 'time'; readonly name: string }
  | { readonly kind: 'list' | 'map'; readonly name: string; readonly of: GoType }
  | GoStruct;

export type GoStruct = {
  readonly kind: 'struct';
  readonly name: string;
  /** By name in JSON. */
  readonly fields: Readonly<Record<string, GoField>>;
};

export type GoField = {
  readonly type: GoType;
  /** The embedded structs on the way to it, as errors spell them: `Image.Platform.`. */
  readonly within?: string;
};

/** @throws Error with Go's message */
export function checkDecodes(value: unknown, type: GoType): void {
  const check = new Check();
  check.value(value, type, { struct: '', path: '' });
  if (check.first !== undefined) throw check.first;
}

/** The struct that a value is a field of, and the fields on the way to it from the outermost one. */
type Place = { readonly struct: string; readonly path: string };

class Check {
  first: Error | undefined;

  value(value: unknown, type: GoType, place: Place): void {
    if (value === null) return; // Go leaves what it decodes into as it is.
    const { kind } = type;
    if (kind === 'time') {
      if (typeof value !== 'string') {
        throw new Error('Time.UnmarshalJSON: input is not a JSON string');
      }
      checkTime(value);
    } else if (kind === 'list' && Array.isArray(value)) {
      for (const item of value) this.value(item, type.of, place);
    } else if (kind === 'map' && isObject(value)) {
      for (const item of Object.values(value)) this.value(item, type.of, place);
    } else if (kind === 'struct' && isObject(value)) {
      this.#fields(value, type, place);
    } else if (kind === 'integer' && typeof value === 'number') {
      if (!Number.isInteger(value)) this.#refuse(`number ${value}`, type, place);
    } else if (kind !== (typeof value === 'boolean' ? 'bool' : typeof value)) {
      this.#refuse(kindOf(value), type, place);
    }
  }

  #fields(value: object, { name, fields }: GoStruct, { path }: Place): void {
    const byFold = new Map(Object.keys(fields).map((key) => [toLower(key), key]));
    for (const [given, item] of Object.entries(value)) {
      const key = byFold.get(toLower(given));
      const field = key === undefined ? undefined : fields[key];
      if (key === undefined || field === undefined) continue;
      const short = name.slice(name.lastIndexOf('.') + 1);
      const own = `${path}${path === '' ? '' : '.'}${field.within ?? ''}${key}`;
      this.value(item, field.type, { struct: short, path: own });
    }
  }

  #refuse(value: string, { name }: GoType, { struct, path }: Place): void {
    const into = struct === '' ? 'value' : `struct field ${struct}.${path}`;
    this.first ??= new Error(`json: cannot unmarshal ${value} into Go ${into} of type ${name}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

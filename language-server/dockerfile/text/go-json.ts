/** JSON as Go writes it: `<`, `>`, `&` and the line separators escaped, bad Unicode replaced. */
import { asRunes } from './bytes';

/** Objects are maps, because their order counts and JavaScript's objects move integer-like keys. */
export type GoJson =
  string | number | bigint | boolean | null | readonly GoJson[] | ReadonlyMap<string, GoJson>;

/** `json.Marshal`; object keys stay in the order in which they are. */
export function goJson(value: GoJson): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (isMap(value)) {
    const entries = [...value].map(([key, item]) => `${quoted(key)}:${goJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  return `[${value.map(goJson).join(',')}]`;
}

function isMap(
  value: readonly GoJson[] | ReadonlyMap<string, GoJson>,
): value is ReadonlyMap<string, GoJson> {
  return value instanceof Map;
}

function quoted(text: string): string {
  return JSON.stringify(asRunes(text)).replace(/[<>&\u2028\u2029]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

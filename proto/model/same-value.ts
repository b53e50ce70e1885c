/** Equality of plain data: objects, lists, sets, maps and primitives, by what they hold. */

/** An absent property equals an undefined one. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameLists(a, b);
  if (a instanceof Map) return b instanceof Map && sameMaps(a, b);
  if (a instanceof Set) return b instanceof Set && sameSets(a, b);
  return !Array.isArray(b) && sameObjects(a, b);
}

function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (!sameValue(a[index], b[index])) return false;
  }
  return true;
}

/** The order counts, as it does in a list. */
function sameMaps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  return a.size === b.size && sameLists([...a].flat(), [...b].flat());
}

function sameSets(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && sameLists([...a], [...b]);
}

function sameObjects(a: object, b: object): boolean {
  for (const key in b) {
    if (!sameValue(Reflect.get(a, key), Reflect.get(b, key))) return false;
  }
  for (const key in a) {
    if (!(key in b) && Reflect.get(a, key) !== undefined) return false;
  }
  return true;
}

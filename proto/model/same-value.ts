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
  const left = new Map<string, unknown>(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    if (!sameValue(left.get(key), value)) return false;
    left.delete(key);
  }
  for (const value of left.values()) if (value !== undefined) return false;
  return true;
}

/** Variables as the shell lexer sees them. */
export interface Environment {
  get(name: string): string | undefined;
  /** The names, in the order in which BuildKit would list them (suggestions depend on it). */
  keys(): readonly string[];
}

export const emptyEnvironment: Environment = { get: () => undefined, keys: () => [] };

/** An environment of plain pairs; a later pair of one name wins. */
export function environmentOf(pairs: readonly (readonly [string, string])[]): Environment {
  const values = new Map(pairs);
  const keys = pairs.map(([key]) => key);
  return { get: (name) => values.get(name), keys: () => keys };
}

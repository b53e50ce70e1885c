/** Variables in a word, for builds whose language has no words of its own. */

/** `$NAME` and `${NAME}`, and `${NAME:-default}`; one without a value is empty. */
export function expandVariables(word: string, variables: ReadonlyMap<string, string>): string {
  return word.replaceAll(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^}]*))?\})/g,
    (_, plain: string | undefined, braced: string | undefined, fallback: string | undefined) => {
      const value = variables.get(plain ?? braced ?? '');
      return value === undefined || value === '' ? (fallback ?? value ?? '') : value;
    },
  );
}

/** What was named as derivations holds none that can be read; the message is for the user. */
export class UnreadableDerivations extends Error {
  override readonly name = 'UnreadableDerivations';

  /** @param line counts from 1, as `column` does */
  constructor(
    readonly file: string,
    /** What is wrong with it, without the place. */
    readonly what: string,
    readonly line?: number,
    readonly column?: number,
  ) {
    super(`${[file, line, column].filter((part) => part !== undefined).join(':')}: ${what}`);
  }
}

/** At a UTF-16 offset of the file's text. */
export function unreadableAt(
  file: string,
  text: string,
  offset: number,
  what: string,
): UnreadableDerivations {
  const before = text.slice(0, offset).split('\n');
  return new UnreadableDerivations(file, what, before.length, (before.at(-1)?.length ?? 0) + 1);
}

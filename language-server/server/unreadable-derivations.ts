/** What was named as derivations holds none that can be read; the message is for the user. */
export class UnreadableDerivations extends Error {
  override readonly name = 'UnreadableDerivations';

  /** @param line counts from 1, as `column` does */
  constructor(
    readonly file: string,
    message: string,
    readonly line?: number,
    readonly column?: number,
  ) {
    super(message);
  }
}

/** At a UTF-16 offset of the file's text. */
export function unreadableAt(
  file: string,
  text: string,
  offset: number,
  message: string,
): UnreadableDerivations {
  const before = text.slice(0, offset).split('\n');
  return new UnreadableDerivations(file, message, before.length, (before.at(-1)?.length ?? 0) + 1);
}

/**
 * Where a command's words go: data to stdout, everything else to stderr.
 *
 * Writing waits until the reader took the text, so a slow pipe slows the command instead of filling
 * its memory, and nothing is lost when the process ends right after.
 */
import type { Writable } from 'node:stream';
import { type CliError, placeText } from './exit-code';

export type Console = {
  /** Data; strings are written as they are, without a line end added. */
  readonly out: (data: string | Uint8Array) => Promise<void>;
  /** A message for people; gets its line end. */
  readonly note: (text: string) => Promise<void>;
  /** Raw text for people, such as progress. */
  readonly progress: (text: string) => Promise<void>;
};

export function streamConsole(stdout: Writable, stderr: Writable): Console {
  return {
    out: (data) => written(stdout, data),
    note: (text) => written(stderr, `${text}\n`),
    progress: (text) => written(stderr, text),
  };
}

/** Reports an error: for people, or with `json` as one line of JSON. Always on stderr. */
export async function reportError(to: Console, error: CliError, json: boolean): Promise<void> {
  const { place, excerpt, remedy } = error.help;
  if (json) {
    const { message, exitCode } = error;
    await to.note(JSON.stringify({ error: { message, ...place, remedy, exitCode } }));
    return;
  }
  if (excerpt !== undefined) await to.note(excerpt);
  const where = place === undefined ? 'llb-lens' : placeText(place);
  await to.note(`${where}: ${error.message}`);
  if (remedy !== undefined) await to.note(remedy);
}

function written(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

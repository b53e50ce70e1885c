/**
 * Small files that are asked for at every keystroke (`.dockerignore`): read once, and again when
 * they have changed on disk.
 */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Of all folders that one works in. */
const most = 100;

type Known = { readonly state: string; readonly text: string };

export class SmallFiles {
  readonly #known = new Map<string, Known>();

  /** The text of a file; undefined when there is none that can be read. */
  async read(path: string): Promise<string | undefined> {
    const state = stateOf(path);
    if (state === undefined) {
      this.#known.delete(path);
      return undefined;
    }
    const known = this.#known.get(path);
    if (known?.state === state) return known.text;
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
    this.#known.delete(path);
    this.#known.set(path, { state, text });
    const [oldest] = this.#known.keys();
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest);
    return text;
  }
}

/** Another text whenever the file is another one; synchronous, for that takes a tenth of the time. */
function stateOf(path: string): string | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found && [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
  } catch {
    return undefined;
  }
}

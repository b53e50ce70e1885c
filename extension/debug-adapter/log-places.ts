/** Lines of a log that name a place in a file of the build: each is told with it, and so is a link. */
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileReferences, filesNamed, type FileReference } from '../engine/progress/file-references';
import type { TextPlace } from './narrator';

/** A log without end names more files than anybody follows. */
const mostFiles = 1_000;
/** What a line with a place in it cannot do without; most lines have none of it. */
const hint = /:\d|\(\d|, line \d/;

export type LogPieceAt = { readonly text: string; readonly at?: TextPlace };

export class LogPlaces {
  private readonly files = new Map<string, string | undefined>();

  /** @param folders absolute; where the files that logs name are looked for, in this order */
  constructor(private readonly folders: readonly string[]) {}

  /** The text in its order: lines with a place by themselves, all between them as it is. */
  pieces(text: string): LogPieceAt[] {
    if (!hint.test(text)) return [{ text }];
    const pieces: LogPieceAt[] = [];
    let plain = '';
    for (const line of text.split(/(?<=\n)/)) {
      const at = hint.test(line) ? this.placeIn(line) : undefined;
      if (at === undefined) {
        plain += line;
        continue;
      }
      if (plain !== '') pieces.push({ text: plain });
      plain = '';
      pieces.push({ text: line, at });
    }
    if (plain !== '') pieces.push({ text: plain });
    return pieces;
  }

  private placeIn(line: string): TextPlace | undefined {
    for (const reference of fileReferences(line)) {
      const path = this.fileOf(reference);
      if (path === undefined) continue;
      const { line: row, column } = reference;
      return { path, line: row, ...(column === undefined ? {} : { column }) };
    }
    return undefined;
  }

  private fileOf({ path }: FileReference): string | undefined {
    if (this.files.has(path)) return this.files.get(path);
    if (this.files.size >= mostFiles) return undefined;
    const own = isAbsolute(path) ? [path] : [];
    const found = [...own, ...filesNamed(path, this.folders)].find(isFile);
    this.files.set(path, found);
    return found;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

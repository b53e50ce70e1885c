/**
 * Places in files that the text of a log names, as compilers and interpreters write them:
 * `src/main.c:12:5`, `/app/x.py:3`, `File "x.py", line 3`, `x.ts(3,5)`.
 */

import { isAbsolute, join } from 'node:path';

export type FileReference = {
  /** Offsets into the text; `end` is past the last character. */
  readonly start: number;
  readonly end: number;
  /** As it is written. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column?: number;
};

const name = String.raw`[\w@+~.-]+`;
const path = String.raw`(?:[A-Za-z]:)?[\\/]?(?:${name}[\\/])*${name}`;
const forms: readonly RegExp[] = [
  new RegExp(
    String.raw`(?<![\w@+~.:/\\-])(?<path>${path}):(?<line>\d+)(?::(?<column>\d+))?(?!\w)`,
    'g',
  ),
  new RegExp(
    String.raw`(?<![\w@+~.:/\\-])(?<path>${path})\((?<line>\d+)(?:,\s?(?<column>\d+))?\)`,
    'g',
  ),
  /"(?<path>[^"\n]+)", line (?<line>\d+)/g,
];

/** What has no folder must look like a file's name: `sha256:12` and `host:80` are no places. */
const fileLike = /[\\/]|\.[A-Za-z]\w*$|^(?:Docker|Container|Make|Rake|Gem|Just)file/;
const digestLike = /^sha\d+$/;

/** In the order in which they stand. Whether there are such files is another question. */
export function fileReferences(text: string): FileReference[] {
  const found = forms.flatMap((form) =>
    [...text.matchAll(form)].flatMap(({ index, 0: whole, groups = {} }): FileReference[] => {
      const { path: named = '', line = '', column } = groups;
      if (!fileLike.test(named) || digestLike.test(named)) return [];
      return [
        {
          start: index,
          end: index + whole.length,
          path: named,
          line: Number(line),
          ...(column === undefined ? {} : { column: Number(column) }),
        },
      ];
    }),
  );
  return found.sort((a, b) => a.start - b.start);
}

/**
 * Where a file that a log names may lie on this machine, the likeliest first. An absolute path is
 * one of the image: the part below the folder that was copied there is looked for.
 */
export function filesNamed(path: string, folders: readonly string[]): string[] {
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '..');
  const below = parts.map((_, from) => parts.slice(from).join('/'));
  return folders.flatMap((folder) =>
    isAbsolute(path) ? below.map((part) => join(folder, part)) : [join(folder, path)],
  );
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LogPlaces } from './log-places';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-places-'));
mkdirSync(join(folder, 'src'));
for (const name of ['src/main.c', 'Dockerfile']) writeFileSync(join(folder, name), '');
afterAll(() => rmSync(folder, { recursive: true }));

/** `text -> file:line:column` */
const told = (text: string) =>
  new LogPlaces([folder]).pieces(text).map(({ text: piece, at }) => {
    if (at === undefined) return piece;
    return `${piece} -> ${at.path.slice(folder.length + 1)} ${[at.line, at.column].join(' ').trim()}`;
  });

test.each([
  ['#1 nothing\n#1 here\n', ['#1 nothing\n#1 here\n']],
  [
    '#4 before\n#4 0.1 src/main.c:3:5: error\n#4 after\n#4 more\n',
    ['#4 before\n', '#4 0.1 src/main.c:3:5: error\n -> src/main.c 3 5', '#4 after\n#4 more\n'],
  ],
  ['/app/src/main.c(7): what', ['/app/src/main.c(7): what -> src/main.c 7']],
  ['gone.c:3 and Dockerfile:2\n', ['gone.c:3 and Dockerfile:2\n -> Dockerfile 2']],
  ['src:1 sha256:12 localhost:80\n', ['src:1 sha256:12 localhost:80\n']],
])('%j', (text, expected) => {
  expect(told(text)).toEqual(expected);
});

import { describe, expect, test } from 'vitest';
import { fileReferences } from './file-references';

const places = (text: string) =>
  fileReferences(text).map(({ path, line, column }) =>
    [path, line, ...(column === undefined ? [] : [column])].join(' '),
  );

describe('places that a log names', () => {
  test.each([
    ['#7 0.2 src/main.c:12:5: error: expected ;', ['src/main.c 12 5']],
    ['Dockerfile:3: unknown instruction: COPIE', ['Dockerfile 3']],
    ['./a/b.go:7:2 and ../c.go:8', ['./a/b.go 7 2', '../c.go 8']],
    ['  File "/app/x y.py", line 3, in <module>', ['/app/x y.py 3']],
    ['src/x.ts(3,5): error TS2304', ['src/x.ts 3 5']],
    [String.raw`C:\work\x.cs(10,4): warning`, [String.raw`C:\work\x.cs 10 4`]],
    ['at /app/node_modules/a-b/index.js:10:15)', ['/app/node_modules/a-b/index.js 10 15']],
  ])('%s', (text, expected) => {
    expect(places(text)).toEqual(expected);
  });

  test.each([
    'FROM docker.io/library/alpine:latest@sha256:593794f47861',
    'resolve alpine@sha256:12',
    'listening on localhost:8080',
    'at 12:30:15',
    '#7 0.262 fetched 3 of 5 (12,5)',
  ])('nothing in: %s', (text) => {
    expect(places(text)).toEqual([]);
  });

  test('offsets cover what is written', () => {
    const text = 'see a/b.c:1:2 now';
    expect(fileReferences(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'a/b.c:1:2',
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { displayText, ellipsize, titleOf } from './display-text';

describe('names', () => {
  test.each([
    ['RUN make', 'exec', 'RUN', 'make'],
    ['RUN --mount=type=cache,target=/x --network=none make all', 'exec', 'RUN', 'make all'],
    ['COPY --link --from=build /a /b', 'file', 'COPY', 'build:/a /b'],
    ['COPY --from=docker.io/library/nginx:1 --chmod=644 /a /b', 'file', 'COPY', 'nginx:1:/a /b'],
    ['COPY --from=build ["/a b", "/"]', 'file', 'COPY', 'build: ["/a b", "/"]'],
    ['RUN --help', 'exec', 'RUN', '--help'],
    ['FROM docker.io/library/alpine:3', 'image', 'FROM', 'alpine:3'],
    [`FROM x@sha256:${'ab'.repeat(32)}`, 'image', 'FROM', 'x@abababab'],
    ['hello-2.12.drv', 'exec', '', 'hello-2.12.drv'],
    ['local://context', 'local', '', 'local://context'],
  ] as const)('%s', (name, kind, keyword, rest) => {
    expect(titleOf(name, kind)).toEqual({ keyword, rest });
  });

  test.each([
    ['two\n  lines', 'two lines'],
    ['a\u202eexe.txt', 'a\ufffdexe.txt'],
    ['\u001b[31mred', '\ufffd[31mred'],
    ['<img src=x>', '<img src=x>'],
    // A family is one sign, and Persian writes "they go" with a mark that is not seen.
    [
      '\u{1f469}\u200d\u{1f467} \u{1f3f3}\ufe0f\u200d\u{1f308}',
      '\u{1f469}\u200d\u{1f467} \u{1f3f3}\ufe0f\u200d\u{1f308}',
    ],
    ['\u0645\u06cc\u200c\u0631\u0648\u0646\u062f', '\u0645\u06cc\u200c\u0631\u0648\u0646\u062f'],
    ['al\u200dpine', 'al\ufffdpine'],
    ['\u200dalpine\u200c', '\ufffdalpine\ufffd'],
  ])('%j is shown as %j', (name, shown) => {
    expect(displayText(name)).toBe(shown);
  });

  test('are cut where they no longer fit, between characters', () => {
    const measure = (text: string): number => Array.from(text).length * 10;
    expect(ellipsize('abcdef', 60, 'title', measure)).toBe('abcdef');
    expect(ellipsize('abcdef', 50, 'title', measure)).toBe('abcd…');
    expect(ellipsize('😀😀😀', 20, 'title', measure)).toBe('😀…');
    expect(ellipsize('abc', 0, 'title', measure)).toBe('…');
  });
});

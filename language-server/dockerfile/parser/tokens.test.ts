import { describe, expect, it } from 'vitest';
import { parse, reparse } from './parse';
import { tokensIn, tokensOf } from './tokens';

/** Each token as `kind:text`, blanks left out. */
function shown(text: string): string[] {
  return tokensOf(parse(text))
    .filter(({ kind }) => kind !== 'blank' && kind !== 'newline')
    .map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`);
}

const texts: readonly (readonly [text: string, tokens: readonly string[]])[] = [
  [
    '\ufeff# syntax = a/b \nFROM --platform=linux/arm64 alpine AS base',
    [
      'bom:\ufeff',
      'directive-mark:#',
      'directive-name:syntax',
      'directive-equals:=',
      'directive-value:a/b',
      'keyword:FROM',
      'flag-name:--platform',
      'flag-equals:=',
      'flag-value:linux/arm64',
      'argument:alpine',
      'argument-keyword:AS',
      'argument:base',
    ],
  ],
  [
    'RUN a \\ \n  # why\n\n  b',
    ['keyword:RUN', 'argument:a ', 'continuation:\\', 'comment:# why', 'argument:b'],
  ],
  [
    'RUN 3<<-"EOF" cat\n\tx\n\tEOF\nUSER a',
    [
      'keyword:RUN',
      'heredoc-mark:3<<-"EOF"',
      'argument: cat',
      'heredoc-body:\tx\n',
      'heredoc-end:EOF',
      'keyword:USER',
      'argument:a',
    ],
  ],
  [
    'COPY --link <<A <<B /d\n1\nA\n2\nB',
    [
      'keyword:COPY',
      'flag-name:--link',
      'heredoc-mark:<<A',
      'heredoc-mark:<<B',
      'argument:/d',
      'heredoc-body:1\n',
      'heredoc-end:A',
      'heredoc-body:2\n',
      'heredoc-end:B',
    ],
  ],
  [
    'ENV A=1 \\\nB="x y"',
    [
      'keyword:ENV',
      'pair-key:A',
      'pair-equals:=',
      'pair-value:1',
      'continuation:\\',
      'pair-key:B',
      'pair-equals:=',
      'pair-value:"x y"',
    ],
  ],
  ['ENV A some words', ['keyword:ENV', 'pair-key:A', 'pair-value:some words']],
  ['ARG A', ['keyword:ARG', 'pair-key:A']],
  [
    'CMD ["a", "b"]',
    [
      'keyword:CMD',
      'json-punctuation:[',
      'json-string:"a"',
      'json-punctuation:,',
      'json-string:"b"',
      'json-punctuation:]',
    ],
  ],
  [
    'ONBUILD HEALTHCHECK --retries=2 CMD x y',
    [
      'keyword:ONBUILD',
      'keyword:HEALTHCHECK',
      'flag-name:--retries',
      'flag-equals:=',
      'flag-value:2',
      'argument-keyword:CMD',
      'argument:x y',
    ],
  ],
  ['NOPE a b', ['keyword:NOPE', 'other:a', 'other:b']],
  ['# a\n \n#b', ['comment:# a', 'comment:#b']],
];

describe('every character is in one token', () => {
  it.each(texts)('%j', (text, expected) => {
    expect(shown(text)).toEqual(expected);
    expect(joined(text)).toBe(text);
  });

  it.each([
    '',
    '\n',
    '\r\n\r\n',
    ' ',
    'RUN \\',
    'RUN <<A',
    'RUN a\r\n',
    '# escape=x\n# escape=`\nX `\ny',
  ])('also of %j', (text) => {
    expect(joined(text)).toBe(text);
  });

  it('where a part is asked for, the tokens that touch it', () => {
    const tree = parse('FROM a\nRUN b\nRUN c\n');
    const [keyword] = tokensIn(tree, { start: 8, end: 9 });
    expect(keyword).toEqual({ kind: 'keyword', start: 7, end: 10, instruction: 1 });
  });

  it('after an edit, in their new places', () => {
    const text = 'FROM a\nRUN b\n';
    const tree = reparse(parse(text), `# x\n${text}`);
    expect(
      tokensOf(tree)
        .map(({ start, end }) => tree.text.slice(start, end))
        .join(''),
    ).toBe(tree.text);
  });
});

function joined(text: string): string {
  return tokensOf(parse(text))
    .map(({ start, end }) => text.slice(start, end))
    .join('');
}

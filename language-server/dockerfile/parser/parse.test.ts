import { describe, expect, it } from 'vitest';
import type { Span } from '../text/span';
import { parse } from './parse';

function cut(text: string, span: Span | undefined): string | undefined {
  return span && text.slice(span.start, span.end);
}

describe('every token knows its place', () => {
  const text = [
    '# syntax=docker/dockerfile:1',
    'FROM --platform=linux/amd64 alpine AS base',
    'RUN --mount=type=cache,target=/c \\',
    '  # why',
    '  make \\',
    '',
    '  all',
    'COPY <<EOF <<-"END" /d/',
    'one',
    'EOF',
    '\ttwo',
    '\tEND',
    'ONBUILD ADD a /b',
  ].join('\n');
  const tree = parse(text);
  const [from, run, copy, onbuild] = tree.instructions;

  it.each([
    ['a keyword', from?.keywordSpan, 'FROM'],
    ['a flag', from?.flags[0], '--platform=linux/amd64'],
    ["a flag's name", from?.flags[0]?.nameSpan, '--platform'],
    ["a flag's value", from?.flags[0]?.valueSpan, 'linux/amd64'],
    ['a word', from?.words[2], 'base'],
    ['a command over several lines', run?.words[0], 'make \\\n\n  all'],
    ['a heredoc word', copy?.words[0], '<<EOF'],
    ['a heredoc body', copy?.heredocs[0]?.body, 'one\n'],
    ['a heredoc terminator', copy?.heredocs[0]?.terminator, 'EOF'],
    ['a terminator without its tabs', copy?.heredocs[1]?.terminator, 'END'],
    ['a whole instruction', copy?.span, text.slice(text.indexOf('COPY'), text.indexOf('\nONB'))],
    ['a trigger', onbuild?.trigger?.keywordSpan, 'ADD'],
    ["a trigger's word", onbuild?.trigger?.words[1], '/b'],
    ['a comment inside an instruction', tree.comments[0], '# why'],
    ["a directive's name", tree.directives[0]?.nameSpan, 'syntax'],
    ["a directive's value", tree.directives[0]?.valueSpan, 'docker/dockerfile:1'],
    ['a blank line in a continuation', tree.emptyContinuations[0]?.blanks[0], ''],
  ])('%s', (_what, span, expected) => {
    expect(cut(text, span)).toBe(expected);
  });
});

describe('parsing goes on after an error', () => {
  it.each([
    ['FROM a\nENV x\nRUN y', ['from', 'env', 'run'], ['ENV must have two arguments']],
    [
      'FROM a\nLABEL a=1 b\nRUN y',
      ['from', 'label', 'run'],
      [`Syntax error - can't find = in "b". Must be of the form: name=value`],
    ],
    [
      'FROM a\nCMD ["x", 1]\nRUN y',
      ['from', 'cmd', 'run'],
      ['when using JSON array syntax, arrays must be comprised of strings only'],
    ],
    ['FROM a\nRUN <<EOF\nopen', ['from', 'run'], ['unterminated heredoc']],
    ['# escape=x\nFROM a', ['from'], ["invalid escape token 'x' does not match ` or \\"]],
    ['\n# only a comment\n', [], ['file with no instructions']],
  ])('%j', (text, names, problems) => {
    const tree = parse(text);
    expect(tree.instructions.map(({ name }) => name)).toEqual(names);
    expect(tree.problems.map(({ message }) => message)).toEqual(problems);
  });
});

describe('lines are counted as BuildKit counts them', () => {
  it.each([
    [
      'an instruction has all its physical lines',
      'FROM a\nRUN a \\\n # c\n b\nRUN c',
      [1, 1, 2, 4, 5, 5],
    ],
    ['a heredoc has its body and terminator', 'FROM a\nRUN <<E\nx\nE\nRUN c', [1, 1, 2, 4, 5, 5]],
    ['carriage returns do not end lines', 'FROM a\r\nRUN b\rc', [1, 1, 2, 2]],
  ])('%s', (_what, text, lines) => {
    const { instructions } = parse(text);
    expect(instructions.flatMap((node) => [node.lines.first, node.lines.last])).toEqual(lines);
  });

  it('a bad directive on the first line is on line 0', () => {
    expect(parse('# escape=x\nFROM a').problems[0]?.lines).toEqual({ first: 0, last: 0 });
  });
});

it('keeps bytes that are not UTF-8, one character each', () => {
  const tree = parse(Uint8Array.from([...Buffer.from('RUN a'), 0xff, ...Buffer.from('b')]));
  expect(tree.instructions[0]?.args).toEqual(['a\udcffb']);
});

it('takes a byte-order mark off the first line only', () => {
  const tree = parse('\ufeffFROM a\nRUN \ufeffb');
  expect(tree.instructions.map(({ keyword, args }) => [keyword, ...args])).toEqual([
    ['FROM', 'a'],
    ['RUN', '\ufeffb'],
  ]);
});

it('never throws, whatever the text', () => {
  const pieces = [
    'FROM a',
    'RUN',
    '<<',
    'EOF',
    '\\',
    '\n',
    '"',
    "'",
    '${',
    '[',
    '--x=',
    '#',
    '\t',
    '\ud800',
    '`',
  ];
  let seed = 7;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: next() % 20 }, () => pieces[next() % pieces.length]).join(
      ' ',
    );
    expect(parse(text).text).toBe(text);
  }
});

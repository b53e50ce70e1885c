import { describe, expect, it } from 'vitest';
import { environmentOf } from './environment';
import { expandWord, expandWords } from './lexer';

const environment = environmentOf([
  ['HOME', '/root'],
  ['EMPTY', ''],
  ['PATHS', '/a/b.tar.gz'],
]);
const options = { escape: '\\' };

describe('a word is expanded as BuildKit expands it', () => {
  it.each([
    ['$HOME/x', '/root/x'],
    ['${HOME}x', '/rootx'],
    ["'$HOME'", '$HOME'],
    ['"$HOME"', '/root'],
    ['\\$HOME', '$HOME'],
    ['$', '$'],
    ['${NONE:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${EMPTY-fallback}', ''],
    ['${HOME:+set}', 'set'],
    ['${NONE:+set}', ''],
    ['${PATHS#*/}', 'a/b.tar.gz'],
    ['${PATHS##*/}', 'b.tar.gz'],
    ['${PATHS%.*}', '/a/b.tar'],
    ['${PATHS%%.*}', '/a/b'],
    ['${PATHS/b/c}', '/a/c.tar.gz'],
    ['${PATHS//a/x}', '/x/b.txr.gz'],
    ['${NONE:-${HOME}}', '/root'],
  ])('%s → %s', (word, expected) => {
    expect(expandWord(word, environment, options).result).toBe(expected);
  });
});

describe('a word that cannot be expanded says why', () => {
  it.each([
    ['${HOME', `failed to process "\${HOME": unsupported modifier (\ufffd) in substitution`],
    ['${NONE?gone}', 'failed to process "${NONE?gone}": NONE: gone'],
    ['${EMPTY:?}', 'failed to process "${EMPTY:?}": EMPTY: is not allowed to be empty'],
    ['${HOME:#x}', 'failed to process "${HOME:#x}": unsupported modifier (:#) in substitution'],
    ['${{HOME}}', 'failed to process "${{HOME}}": syntax error: bad substitution'],
    [
      "'open",
      `failed to process "'open": unexpected end of statement while looking for matching single-quote`,
    ],
  ])('%s', (word, message) => {
    expect(() => expandWord(word, environment, options)).toThrow(message);
  });
});

it('tells which variables had a value and which had none', () => {
  const { matched, unmatched } = expandWord('$HOME $NONE', environment, options);
  expect([...matched]).toEqual(['HOME']);
  expect([...unmatched]).toEqual(['NONE']);
});

it('splits after expansion, but not inside quotes', () => {
  const spaced = environmentOf([['X', '80 443']]);
  expect(expandWords('$X "a b" c', spaced, options)).toEqual(['80', '443', 'a b', 'c']);
});

it('loses what stands before ${…:-word} when it splits, as BuildKit does', () => {
  expect(expandWords('80${X:-81}', environment, options)).toEqual(['81']);
});

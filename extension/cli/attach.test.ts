import { expect, test } from 'vitest';
import { forRawTerminal } from './attach';

test.each([
  ['a line end', 'a\r\nb\r\n', 'a\nb\n'],
  ['moving down only', 'a\n\nb', 'a\v\vb'],
  ['a carriage return alone', 'a\rb', 'a\rb'],
  ['a line end cut in two: the second piece', '\nb', '\nb'],
  ['a line end cut in two: the first piece', 'a\r', 'a\r'],
  ['bytes that are no text', '\u0000\u001b[6n', '\u0000\u001b[6n'],
])('%s reaches the terminal as it is meant', (_, remote, sent) => {
  expect(forRawTerminal(Buffer.from(remote)).toString()).toBe(sent);
});

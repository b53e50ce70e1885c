import { expect, test } from 'vitest';
import { parseConsole } from './console';

test.each([
  ['shell', { kind: 'shell' }],
  ['  shell  ', { kind: 'shell' }],
  ['exec ls -la /', { kind: 'exec', command: 'ls -la /' }],
  [
    'exec for x in 1 2; do\n  echo $x\ndone',
    { kind: 'exec', command: 'for x in 1 2; do\n  echo $x\ndone' },
  ],
  ['help', { kind: 'help' }],
  ['', { kind: 'help' }],
  ['exec', { kind: 'expression', text: 'exec' }],
  ['$PATH', { kind: 'expression', text: '$PATH' }],
])('%j in the console', (text, command) => {
  expect(parseConsole(text)).toEqual(command);
});

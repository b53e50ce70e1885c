import { expect, test } from 'vitest';
import { commands, parseLine } from './commands';

test.each([
  ['b 12 if STAMP == none', 'break', '12 if STAMP == none'],
  ['  continue ', 'continue', ''],
  ['!ls -l | wc -l', 'exec', 'ls -l | wc -l'],
  ['exec  echo "a  b"', 'exec', 'echo "a  b"'],
  ['?', 'help', ''],
])('%s', (line, name, rest) => {
  const parsed = parseLine(line);
  expect([parsed.command.names[0], parsed.rest]).toEqual([name, rest]);
});

test.each(['', 'brake 3', '12'])('"%s" is no command', (line) => {
  expect(() => parseLine(line)).toThrow('"help" lists all');
});

test('every name means one command', () => {
  const names = commands.flatMap((one) => one.names);
  expect(new Set(names).size).toBe(names.length);
});

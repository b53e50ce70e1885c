import { describe, expect, test } from 'vitest';
import { completionAt, parseConsole } from './console';

describe('a line of the console', () => {
  test.each([
    ['shell', { kind: 'shell' }],
    ['  help ', { kind: 'help' }],
    ['', { kind: 'help' }],
    ['exec ls -l', { kind: 'command', command: 'ls -l' }],
    ['ls /app | wc -l', { kind: 'command', command: 'ls /app | wc -l' }],
    ['echo $MODE', { kind: 'command', command: 'echo $MODE' }],
    ['$MODE', { kind: 'word', text: '$MODE' }],
    ['${MODE:-a b}', { kind: 'word', text: '${MODE:-a b}' }],
    ['"x $MODE"', { kind: 'word', text: '"x $MODE"' }],
    ['MODE', { kind: 'word', text: 'MODE' }],
    ['ls', { kind: 'command', command: 'ls' }],
    ['$HOME/bin/tool --help', { kind: 'command', command: '$HOME/bin/tool --help' }],
  ])('%j is %j', (text, expected) => {
    expect(parseConsole(text, (name) => name === 'MODE')).toEqual(expected);
  });
});

describe('completions', () => {
  test.each([
    ['ec', 'command', 'ec', ''],
    ['cat /etc/pa', 'path', 'pa', '/etc/'],
    ['cat no', 'path', 'no', ''],
    ['echo $MO', 'variable', 'MO', ''],
    ['echo ${MO', 'variable', 'MO', ''],
    ['cd /app && l', 'command', 'l', ''],
    ['./conf', 'path', 'conf', './'],
  ])('of %j are for a %s', (text, kind, prefix, folder) => {
    expect(completionAt(text, text.length)).toEqual({ kind, prefix, folder });
  });
});

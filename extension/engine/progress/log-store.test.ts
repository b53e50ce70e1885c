import { describe, expect, test } from 'vitest';
import { LogStore } from './log-store';

function store(limit: number, ...pieces: (string | Uint8Array)[]): LogStore {
  const logs = new LogStore(limit);
  for (const piece of pieces)
    logs.append('v', typeof piece === 'string' ? Buffer.from(piece) : piece);
  return logs;
}

describe('the log of a vertex', () => {
  test('is read on from where the last read ended', () => {
    const logs = store(100, 'one\n');
    const first = logs.read('v', 0);
    logs.append('v', Buffer.from('two\n'));
    expect([first, logs.read('v', first.next)]).toEqual([
      { text: 'one\n', next: 4 },
      { text: 'two\n', next: 8 },
    ]);
  });

  test('tells standard error by itself, in order, as far as it is kept', () => {
    const logs = new LogStore(8);
    logs.append('v', Buffer.from('gone'), true);
    logs.append('v', Buffer.from('out'));
    logs.append('v', Buffer.from('err'), true);
    logs.append('v', Buffer.from('or'), true);
    expect([logs.read('v', 0).text, logs.errors('v'), logs.errors('w')]).toEqual([
      'outerror',
      'error',
      '',
    ]);
  });

  test('keeps the newest bytes and their offsets', () => {
    const logs = store(6, 'abcd', 'efgh', 'ij');
    expect(logs.read('v', 0)).toEqual({ text: 'efghij', next: 10 });
    expect(logs.size('v')).toBe(10);
  });

  test('waits for the rest of a character that was cut', () => {
    const [head, tail] = [Buffer.from('a€').subarray(0, 2), Buffer.from('a€').subarray(2)];
    const logs = store(100, head);
    expect(logs.read('v', 0)).toEqual({ text: 'a', next: 1 });
    logs.append('v', tail);
    expect(logs.read('v', 1)).toEqual({ text: '€', next: 4 });
  });

  test.each([-5, 0, 99])('offset %i of an unknown vertex reads nothing', (from) => {
    expect(new LogStore().read('v', from)).toEqual({ text: '', next: 0 });
  });
});

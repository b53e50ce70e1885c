import { describe, expect, test } from 'vitest';
import { StatusResponse } from '../../../proto/generated/control';
import type { Init } from '../../../proto/wire/message';
import { PlainProgress } from './plain-progress';

type Update = Init<StatusResponse>;
const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 500_000_000 });
const bytes = (text: string) => new TextEncoder().encode(text);

/** @param seconds between two updates */
function lines(updates: readonly Update[], seconds = 0): string[] {
  const progress = new PlainProgress();
  const text = updates
    .map((update, index) => progress.lines(StatusResponse.create(update), index * seconds * 1000))
    .join('');
  return (text + progress.end()).split('\n').slice(0, -1);
}

const started: Update = { vertexes: [{ digest: 'a', name: 'RUN make', started: at(1) }] };
const log = (text: string, seconds = 2, vertex = 'a'): Update => ({
  logs: [{ vertex, timestamp: at(seconds), msg: bytes(text) }],
});
const ended = (rest: NonNullable<Update['vertexes']>[number]): Update => ({
  vertexes: [{ digest: 'a', name: 'RUN make', started: at(1), completed: at(3), ...rest }],
});
const part = (id: string, rest: NonNullable<Update['statuses']>[number]): Update => ({
  statuses: [{ id, vertex: 'a', started: at(1), timestamp: at(2), ...rest }],
});

describe('plain progress', () => {
  test.each<[string, Update[], string[]]>([
    ['a vertex that only waits', [{ vertexes: [{ digest: 'a', name: 'RUN make' }] }], []],
    ['a run', [started, log('x\n'), ended({})], ['#1 RUN make', '#1 1.000 x', '#1 DONE 2.0s']],
    ['a cache hit', [ended({ cached: true })], ['#1 RUN make', '#1 CACHED']],
    [
      'a failure, with its last words at the end',
      [started, log('no\n'), ended({ error: 'exit code: 1' })],
      [
        ...['#1 RUN make', '#1 1.000 no', '#1 ERROR: exit code: 1'],
        ...['------', ' > RUN make:', 'no', '------'],
      ],
    ],
    [
      'a cancelled one has no last words',
      [started, log('x\n'), ended({ error: 'rpc: context canceled' })],
      ['#1 RUN make', '#1 1.000 x', '#1 CANCELED'],
    ],
    [
      'a line in two pieces',
      [started, log('on'), log('e\n'), ended({})],
      ['#1 RUN make', '#1 1.000 one', '#1 DONE 2.0s'],
    ],
    [
      'a line without an end',
      [started, log('x'), ended({})],
      ['#1 RUN make', '#1 1.000 x', '#1 DONE 2.0s'],
    ],
    [
      'a progress bar',
      [started, log('1%\r50%\r100%\n'), ended({})],
      ['#1 RUN make', '#1 1.000 100%', '#1 DONE 2.0s'],
    ],
    [
      'long runs have coarser times',
      [started, log('x\n', 31), log('y\n', 301), ended({ completed: at(302) })],
      ['#1 RUN make', '#1 30.00 x', '#1 300.0 y', '#1 DONE 301.0s'],
    ],
    [
      'a transfer: at its begin, after enough of it, at its end',
      [
        started,
        part('blob', { total: 1000n, current: 10n }),
        part('blob', { total: 1000n, current: 20n }),
        part('blob', { total: 1000n, current: 500n }),
        part('blob', { total: 1000n, current: 1000n, completed: at(3) }),
        ended({}),
      ],
      [
        '#1 RUN make',
        '#1 blob 10B / 1.00kB 1.0s',
        '#1 blob 500B / 1.00kB 1.0s',
        '#1 blob 1.00kB / 1.00kB 2.0s done',
        '#1 DONE 2.0s',
      ],
    ],
    [
      'a name over several lines',
      [{ vertexes: [{ digest: 'a', name: 'RUN <<E\n  x\nE', started: at(1) }] }],
      ['#1 RUN <<E x E'],
    ],
    [
      'a warning that is repeated',
      [
        started,
        ...[1, 2].map(() => ({
          warnings: [{ vertex: 'a', short: bytes('Odd'), ranges: [{ start: { line: 3 } }] }],
        })),
      ],
      ['#1 RUN make', '#1 WARN: Odd'],
    ],
    [
      'times of a vertex that runs in several pieces are added up',
      [ended({}), ended({ started: at(5), completed: at(6) })],
      ['#1 RUN make', '#1 DONE 2.0s', '', '#1 RUN make', '#1 DONE 3.0s'],
    ],
    [
      'a group of vertices is one',
      [
        {
          vertexes: ['x', 'y'].map((digest) => ({
            digest,
            name: digest,
            started: at(1),
            completed: at(2),
            progressGroup: { id: 'g', name: 'together' },
          })),
        },
      ],
      ['#1 together', '#1 DONE 1.0s'],
    ],
  ])('%s', (_, updates, expected) => {
    expect(lines(updates)).toEqual(expected);
  });

  const second: Update = { vertexes: [{ digest: 'b', name: 'COPY', started: at(1) }] };

  test('one of several has the word; what has ended is told at once', () => {
    const endedSecond: Update = {
      vertexes: [{ digest: 'b', name: 'COPY', started: at(1), completed: at(2) }],
    };
    expect(lines([started, second, log('x\n'), endedSecond, ended({})])).toEqual([
      ...['#1 RUN make', '#1 1.000 x', '#1 ...', ''],
      ...['#2 COPY', '#2 DONE 1.0s', ''],
      ...['#1 RUN make', '#1 DONE 2.0s'],
    ]);
  });

  test('who waits too long gets the word', () => {
    const updates = [started, second, log('x\n'), log('late\n', 2, 'b'), log('y\n', 3, 'b')];
    expect(lines(updates, 6)).toContain('#2 1.000 late');
  });

  test('is not torn by a character in two pieces', () => {
    const [head, tail] = [bytes('€').subarray(0, 1), bytes('€\n').subarray(1)];
    const piece = (msg: Uint8Array): Update => ({ logs: [{ vertex: 'a', timestamp: at(1), msg }] });
    expect(lines([started, piece(head), piece(tail)])).toEqual(['#1 RUN make', '#1 0.000 €']);
  });
});

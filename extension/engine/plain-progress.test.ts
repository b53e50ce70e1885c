import { describe, expect, test } from 'vitest';
import { StatusResponse } from '../../proto/generated/control';
import type { Init } from '../../proto/wire/message';
import { PlainProgress } from './plain-progress';

type Update = Init<StatusResponse>;
const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 500_000_000 });
const bytes = (text: string) => new TextEncoder().encode(text);

function lines(...updates: readonly Update[]): string[] {
  const progress = new PlainProgress();
  const text = updates.map((update) => progress.lines(StatusResponse.create(update))).join('');
  return text.split('\n').slice(0, -1);
}

const started: Update = { vertexes: [{ digest: 'a', name: 'RUN make', started: at(1) }] };
const log = (text: string, seconds = 2): Update => ({
  logs: [{ vertex: 'a', timestamp: at(seconds), msg: bytes(text) }],
});
const ended = (rest: NonNullable<Update['vertexes']>[number]): Update => ({
  vertexes: [{ digest: 'a', name: 'RUN make', started: at(1), completed: at(3), ...rest }],
});

describe('plain progress', () => {
  test.each<[string, Update[], string[]]>([
    ['a vertex that only waits', [{ vertexes: [{ digest: 'a', name: 'RUN make' }] }], []],
    ['a run', [started, log('x\n'), ended({})], ['#1 RUN make', '#1 1.000 x', '#1 DONE 2.0s']],
    ['a cache hit', [ended({ cached: true })], ['#1 RUN make', '#1 CACHED']],
    [
      'a failure',
      [started, ended({ error: 'exit code: 1' })],
      ['#1 RUN make', '#1 ERROR: exit code: 1'],
    ],
    ['a line in two pieces', [started, log('on'), log('e\n')], ['#1 RUN make', '#1 1.000 one']],
    [
      'a line without an end',
      [started, log('x'), ended({})],
      ['#1 RUN make', '#1 x', '#1 DONE 2.0s'],
    ],
    ['a progress bar', [started, log('1%\r50%\r100%\n')], ['#1 RUN make', '#1 1.000 100%']],
    ['DOS line ends', [started, log('x\r\n')], ['#1 RUN make', '#1 1.000 x']],
    [
      'a part that is done',
      [started, { statuses: [{ id: 'blob', vertex: 'a', total: 2_500_000n, completed: at(2) }] }],
      ['#1 RUN make', '#1 blob 2.50MB done'],
    ],
    [
      'a name over several lines',
      [{ vertexes: [{ digest: 'a', name: 'RUN <<E\n  x\nE', started: at(1) }] }],
      ['#1 RUN <<E x E'],
    ],
    [
      'a warning that is repeated',
      [1, 2].map(() => ({
        warnings: [{ vertex: 'a', short: bytes('Odd'), ranges: [{ start: { line: 3 } }] }],
      })),
      ['WARN: Odd (line 3)'],
    ],
    [
      'a warning that says its line itself',
      [
        {
          warnings: [
            { vertex: 'a', short: bytes('Odd (line 3)'), ranges: [{ start: { line: 3 } }] },
          ],
        },
      ],
      ['WARN: Odd (line 3)'],
    ],
  ])('%s', (_, updates, expected) => {
    expect(lines(...updates)).toEqual(expected);
  });

  test('numbers vertices as they start', () => {
    const second: Update = { vertexes: [{ digest: 'b', name: 'COPY', started: at(1) }] };
    expect(lines(started, second)).toEqual(['#1 RUN make', '#2 COPY']);
  });

  test('is not torn by a character in two pieces', () => {
    const [head, tail] = [bytes('€').subarray(0, 1), bytes('€\n').subarray(1)];
    const piece = (msg: Uint8Array): Update => ({ logs: [{ vertex: 'a', timestamp: at(1), msg }] });
    expect(lines(started, piece(head), piece(tail))).toEqual(['#1 RUN make', '#1 0.000 €']);
  });
});

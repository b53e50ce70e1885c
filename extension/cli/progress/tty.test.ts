import { describe, expect, test } from 'vitest';
import { StatusResponse } from '../../../proto/generated/control';
import { Trace } from '../../engine/progress/trace';
import type { Init } from '../../../proto/wire/message';
import { ttyFailures, ttyPicture, TtyScreen, type Look } from './tty';

type Update = Init<StatusResponse>;
const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
const bytes = (text: string) => new TextEncoder().encode(text);
const ran = (digest: string, name: string, rest: object = {}): Update => ({
  vertexes: [{ digest, name, started: at(1), completed: at(2), ...rest }],
});
const running = (digest: string, name: string) => ran(digest, name, { completed: undefined });
const log = (vertex: string, text: string): Update => ({
  logs: [{ vertex, timestamp: at(2), msg: bytes(text) }],
});

function traced(...updates: readonly Update[]): Trace {
  const trace = new Trace();
  for (const update of updates) trace.update(StatusResponse.create(update), 0);
  return trace;
}

const look = (rest: Partial<Look> = {}): Look => ({
  size: { columns: 40, rows: 10 },
  color: false,
  elapsed: 2_500,
  now: 3_000,
  finished: false,
  ...rest,
});

describe('the picture of a build', () => {
  test('has a line a step, with times at the right edge', () => {
    const trace = traced(
      ran('a', '[1/2] FROM alpine', { cached: true }),
      running('b', '[2/2] RUN make'),
      { statuses: [{ id: 'blob', vertex: 'b', started: at(1), current: 500n, total: 1000n }] },
      log('b', 'one\ntwo\n'),
    );
    expect(ttyPicture(trace, look())).toEqual([
      '[+] Building 2.5s (1/2)',
      ' => CACHED [1/2] FROM alpine        1.0s',
      ' => [2/2] RUN make                  2.0s',
      ' => => blob 500B / 1.00kB           2.0s',
      ' => => # one',
      ' => => # two',
    ]);
  });

  test('collapses what is over where there is no room, never what runs', () => {
    const trace = traced(
      ...Array.from({ length: 20 }, (_, index) => ran(`s${index}`, `step ${index}`)),
      running('r', 'running'),
    );
    const lines = ttyPicture(trace, look({ size: { columns: 40, rows: 6 } }));
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(' => … 18 lines above');
    expect(lines.at(-1)).toMatch(/running/);
    expect(ttyPicture(trace, look({ finished: true }))).toHaveLength(22);
  });

  test('is never wider than the terminal, whatever the letters', () => {
    const trace = traced(ran('a', `RUN ${'長'.repeat(40)}`), running('b', 'x'.repeat(200)));
    for (const line of ttyPicture(trace, look({ size: { columns: 24, rows: 10 } }))) {
      const columns = Array.from(line).reduce((sum, one) => sum + (one === '長' ? 2 : 1), 0);
      expect(columns).toBeLessThanOrEqual(24);
    }
  });

  test('does not let a step move the cursor', () => {
    const picture = ttyPicture(
      traced(running('a', 'x'), log('a', '\x1b[2J\x1b[31mred\x07\n')),
      look(),
    );
    expect(picture.at(-1)).toBe(' => => # red');
  });

  test('tells states by words, and by colour only besides', () => {
    const trace = traced(
      ran('a', 'bad', { error: 'exit code: 1' }),
      ran('b', 'stopped', { error: 'context canceled' }),
    );
    expect(ttyPicture(trace, look()).join()).toMatch(/ERROR bad.*CANCELED stopped/);
    expect(ttyPicture(trace, look()).join()).not.toContain('\x1b');
    expect(ttyPicture(trace, look({ color: true })).join()).toContain('\x1b[31m');
  });

  test('is followed by the last words of what failed', () => {
    const trace = traced(
      running('a', 'RUN x'),
      log('a', 'why\nlast'),
      ran('a', 'RUN x', { error: 'e' }),
    );
    expect(ttyFailures(trace)).toBe('------\n > RUN x:\nwhy\nlast\n------\n');
  });
});

describe('a screen', () => {
  test('goes up as many lines as there were, more in a terminal that became narrower', () => {
    const screen = new TtyScreen();
    expect(screen.replace(['x'.repeat(30), 'y'], { columns: 40, rows: 10 })).not.toContain('A');
    expect(screen.replace(['a'], { columns: 40, rows: 10 })).toContain('\x1b[2A');
    screen.replace(['x'.repeat(30), 'y'], { columns: 40, rows: 10 });
    expect(screen.replace(['a'], { columns: 10, rows: 10 })).toContain('\x1b[4A');
  });
});

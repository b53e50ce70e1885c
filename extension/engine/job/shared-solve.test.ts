/** Who may stop a solve that several wait for. */
import { describe, expect, test } from 'vitest';
import { isCancelled } from '../../../proto/client/buildkit-error';
import { SharedSolve } from './shared-solve';

/** A solve that answers when it is told to, and says when it is stopped. */
function slowly() {
  let answer: (text: string) => void = () => undefined;
  let signal: AbortSignal | undefined;
  const solve = new SharedSolve<string>((stopped) => {
    signal = stopped;
    return new Promise((resolve, reject) => {
      answer = resolve;
      stopped.addEventListener('abort', () => reject(new Error('stopped')));
    });
  });
  return { solve, answer: (text: string) => answer(text), isStopped: () => signal?.aborted };
}

describe('a solve that two wait for', () => {
  test('goes on for one when the other one leaves', async () => {
    const { solve, answer, isStopped } = slowly();
    const leaving = new AbortController();
    const first = solve.join(leaving.signal);
    const second = solve.join(new AbortController().signal);
    leaving.abort();
    await expect(first).rejects.toSatisfy(isCancelled);
    expect(isStopped()).toBe(false);
    answer('made');
    await expect(second).resolves.toBe('made');
  });

  test('is stopped when both leave, and is no use to a third', async () => {
    const { solve, isStopped } = slowly();
    const leaving = new AbortController();
    const waiting = [solve.join(leaving.signal), solve.join(leaving.signal)];
    leaving.abort();
    for (const one of waiting) await expect(one).rejects.toSatisfy(isCancelled);
    expect(isStopped()).toBe(true);
    expect(solve.isStopped).toBe(true);
  });

  test('is not stopped while somebody waits who cannot leave', async () => {
    const { solve, answer } = slowly();
    const leaving = new AbortController();
    leaving.abort();
    const staying = solve.join(undefined);
    await expect(solve.join(leaving.signal)).rejects.toSatisfy(isCancelled);
    answer('made');
    await expect(staying).resolves.toBe('made');
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Burst } from './burst';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a burst of events', () => {
  test('is one call, when it has been quiet', () => {
    const { burst, calls } = setUp();
    for (let count = 0; count < 10; count++) {
      burst.touch('a');
      vi.advanceTimersByTime(30);
    }
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(40);
    expect(calls).toEqual(['a']);
  });

  test('of one thing does not hold up another', () => {
    const { burst, calls } = setUp();
    burst.touch('a');
    vi.advanceTimersByTime(30);
    burst.touch('b');
    vi.advanceTimersByTime(10);
    expect(calls).toEqual(['a']);
    vi.advanceTimersByTime(30);
    expect(calls).toEqual(['a', 'b']);
  });

  test('that was dropped is not acted upon', () => {
    const { burst, calls } = setUp();
    burst.touch('a');
    burst.drop('a');
    vi.advanceTimersByTime(100);
    expect(calls).toEqual([]);
  });
});

function setUp() {
  const calls: string[] = [];
  return { calls, burst: new Burst(40, (key) => calls.push(key)) };
}

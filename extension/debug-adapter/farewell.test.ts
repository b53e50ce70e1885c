import { describe, expect, test } from 'vitest';
import { Farewell } from './farewell';

describe('the farewell', () => {
  test('keeps no client waiting that does not read logs', async () => {
    expect(await timeOf(new Farewell(), new AbortController().signal)).toBeLessThan(100);
  });

  test('waits for a client that goes on reading', async () => {
    const farewell = new Farewell();
    farewell.noticed();
    const reading = setInterval(() => farewell.noticed(), 50);
    setTimeout(() => clearInterval(reading), 400);
    expect(await timeOf(farewell, new AbortController().signal)).toBeGreaterThan(450);
  });

  test('waits for a client that holds it, however silent, until it lets go', async () => {
    const farewell = new Farewell();
    farewell.hold(true);
    setTimeout(() => farewell.hold(false), 600);
    expect(await timeOf(farewell, new AbortController().signal)).toBeGreaterThan(550);
  });

  test('is cut short by a client that leaves', async () => {
    const farewell = new Farewell();
    farewell.noticed();
    expect(await timeOf(farewell, AbortSignal.abort())).toBeLessThan(100);
  });
});

async function timeOf(farewell: Farewell, leaving: AbortSignal): Promise<number> {
  const start = performance.now();
  await farewell.taken(leaving);
  return performance.now() - start;
}

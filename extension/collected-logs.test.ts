import { describe, expect, test } from 'vitest';
import { digestOf } from '../proto/model/digest';
import { CollectedLogs } from './collected-logs';

const step = digestOf(new TextEncoder().encode('step'));

/** An adapter whose answers wait until they are let go, and its log, which grows meanwhile. */
function adapter(log: { text: string }) {
  const waiting: (() => void)[] = [];
  const logs = new CollectedLogs(async ({ from }) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { text: log.text.slice(from), next: log.text.length };
  });
  /** Lets the questions go that are asked, and those that follow them. */
  const answer = async (): Promise<void> => {
    while (waiting.length > 0) {
      for (const go of waiting.splice(0)) go();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { logs, answer };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the collected logs of a build', () => {
  test('lose nothing when a page and the end of the build read at once', async () => {
    const log = { text: 'one ' };
    const { logs, answer } = adapter(log);
    const page = logs.read(step, 0, true);
    await settled();
    log.text = 'one two';
    const end = logs.fetchAll([{ digest: step, bytes: 7 }]);
    await answer();
    await end;
    const first = await page;
    const rest = await logs.read(step, first.next, false);
    expect(first.text + rest.text).toBe('one two');
    expect(await logs.read(step, 0, false)).toEqual({ text: 'one two', next: 7 });
  });

  test('have a page that asks just after the end wait for what is being fetched', async () => {
    const { logs, answer } = adapter({ text: 'printed' });
    const end = logs.fetchAll([{ digest: step, bytes: 7 }]);
    const page = logs.read(step, 0, false);
    await settled();
    await answer();
    await end;
    expect(await page).toEqual({ text: 'printed', next: 7 });
  });

  test('ask the adapter again after a question that failed', async () => {
    let broken = true;
    const logs = new CollectedLogs(() =>
      broken ? Promise.reject(new Error('gone')) : Promise.resolve({ text: 'a', next: 1 }),
    );
    await expect(logs.read(step, 0, true)).rejects.toThrow('gone');
    broken = false;
    expect(await logs.read(step, 0, true)).toEqual({ text: 'a', next: 1 });
  });
});

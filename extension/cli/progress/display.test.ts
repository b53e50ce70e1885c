import { describe, expect, test } from 'vitest';
import type { ProgressKind } from '../docker-build/build-flags';
import { progressDisplay } from './display';

/** What is written for a note of ours, with progress of this kind on no terminal. */
async function written(progress: ProgressKind, quiet = false): Promise<string> {
  let text = '';
  const add = (more: string) => {
    text += more;
    return Promise.resolve();
  };
  const nowhere = () => Promise.resolve();
  const to = { out: nowhere, progress: add, note: add };
  const display = progressDisplay({ progress, quiet }, to, { isTTY: false }, {});
  display.events.output('a note\n');
  await display.end();
  return text;
}

describe('a note is seen', () => {
  test.each<[ProgressKind, boolean]>([
    ['plain', false],
    ['quiet', false],
    ['auto', true],
  ])('with progress %s, quiet %s', async (progress, quiet) => {
    expect(await written(progress, quiet)).toBe('a note\n');
  });

  test('as a warning among JSON, of which each line can still be read', async () => {
    const text = await written('rawjson');
    expect(text.endsWith('\n')).toBe(true);
    const short = Buffer.from('a note').toString('base64');
    expect(JSON.parse(text)).toEqual({ warnings: [{ level: 1, short }] });
  });
});

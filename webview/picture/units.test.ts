import { describe, expect, test } from 'vitest';
import { webviewStrings } from '../../proto/messages/webview-strings';
import { textsFrom } from './texts';
import { durationText, elapsed, progressShare } from './units';

const texts = textsFrom(webviewStrings);

describe('units', () => {
  test.each([
    [0, '0.0 s'],
    [420, '0.4 s'],
    [9960, '10 s'],
    [61_000, '1 min 1 s'],
    [3_720_000, '1 h 2 min'],
  ])('%d ms', (milliseconds, text) => {
    expect(durationText(milliseconds, texts)).toBe(text);
  });
  test('a cached step took no time, a running one takes time until now', () => {
    expect(elapsed({ state: 'cached', started: 5, completed: 9 }, 10)).toBeUndefined();
    expect(elapsed({ state: 'running', started: 5 }, 10)).toBe(5);
    expect(elapsed({ state: 'queued' }, 10)).toBeUndefined();
  });
  test('progress counts what has a total', () => {
    const part = { id: '', name: '', completed: false };
    expect(progressShare({ state: 'running' })).toBeUndefined();
    expect(
      progressShare({
        state: 'running',
        progress: [
          { ...part, current: 30, total: 40 },
          { ...part, current: 5, total: 0 },
          { ...part, current: 80, total: 60 },
        ],
      }),
    ).toBe(0.9);
  });
});

import { describe, expect, it } from 'vitest';
import { closingLine, countReport, sum, verdict } from './tally';
import { Unavailable } from './unavailable';

const file = (...statuses: string[]) => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});

describe('a report of vitest', () => {
  it.each([
    [
      'counts by status',
      { testResults: [file('passed', 'passed'), file('failed', 'skipped', 'todo')] },
      1,
      '2 passed, 1 failed, 2 skipped',
    ],
    [
      'counts a file that cannot be loaded as one failure',
      { testResults: [{ status: 'failed', assertionResults: [] }, file('passed')] },
      1,
      '1 passed, 1 failed, 0 skipped',
    ],
    [
      'counts an error outside of tests as one failure',
      { testResults: [file('passed')] },
      1,
      '1 passed, 1 failed, 0 skipped',
    ],
    [
      'counts a crash without report as one failure',
      undefined,
      134,
      '0 passed, 1 failed, 0 skipped',
    ],
    ['may be empty', { testResults: [] }, 0, '0 passed, 0 failed, 0 skipped'],
  ])('%s', (_, report, exitCode, line) => {
    expect(closingLine(countReport(report, exitCode))).toBe(line);
  });
});

it('sums stages', () => {
  expect(
    sum([
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ]),
  ).toEqual({ passed: 11, failed: 22, skipped: 33 });
});

describe('the exit code', () => {
  const notDownloaded = new Unavailable('buildkit', 'download', 'no route');
  const notHere = new Unavailable('buildkit', 'absent', 'no root');
  it.each([
    ['all passed', { failed: 0, skipped: 0 }, [], true, 0],
    ['a failure', { failed: 1, skipped: 0 }, [], false, 1],
    ['a failure beats a missing download', { failed: 1, skipped: 1 }, [notDownloaded], true, 1],
    ['a skip where it is allowed', { failed: 0, skipped: 1 }, [notHere], false, 0],
    ['a skip where it is forbidden', { failed: 0, skipped: 1 }, [notHere], true, 1],
    [
      'a missing download where skips are forbidden',
      { failed: 0, skipped: 1 },
      [notDownloaded],
      true,
      75,
    ],
    [
      'a missing download where skips are allowed',
      { failed: 0, skipped: 1 },
      [notDownloaded],
      false,
      0,
    ],
  ] as const)('%s', (_, total, absent, forbidden, code) => {
    expect(verdict({ passed: 3, ...total }, absent, forbidden)).toBe(code);
  });
});

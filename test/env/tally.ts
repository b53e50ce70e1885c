// Counting: what a stage of `npm test` found, and what all of them together mean.
import { isRecord } from './json';
import { environmentExitCode, type Unavailable } from './unavailable';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const passed: Tally = { passed: 1, failed: 0, skipped: 0 };
export const failed: Tally = { passed: 0, failed: 1, skipped: 0 };
export const skipped: Tally = { passed: 0, failed: 0, skipped: 1 };

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, tally) => ({
      passed: total.passed + tally.passed,
      failed: total.failed + tally.failed,
      skipped: total.skipped + tally.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** The closing line of `npm test`. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Counts a report of vitest's JSON reporter (the shape of Jest's `--json`).
 * A file that fails before its first test counts as one failure, and so does a run that fails
 * although no test did (an unhandled error, a crash: then `report` may be undefined).
 */
export function countReport(report: unknown, exitCode: number): Tally {
  const results =
    isRecord(report) && Array.isArray(report['testResults']) ? report['testResults'] : [];
  const tallies = results.flatMap((file: unknown): Tally[] => {
    if (!isRecord(file)) return [];
    const tests = Array.isArray(file['assertionResults']) ? file['assertionResults'] : [];
    if (tests.length === 0) return file['status'] === 'failed' ? [failed] : [];
    return tests.map((test: unknown) => statusTally(isRecord(test) ? test['status'] : undefined));
  });
  const total = sum(tallies);
  return exitCode !== 0 && total.failed === 0 ? sum([total, failed]) : total;
}

function statusTally(status: unknown): Tally {
  if (status === 'passed') return passed;
  return status === 'failed' ? failed : skipped;
}

/**
 * The exit code of a run: 1 when something failed, else 75 when a part of the environment could not
 * be downloaded, else 1 when something was skipped; the last two only where skips are forbidden.
 */
export function verdict(
  total: Tally,
  absent: readonly Unavailable[],
  skipsForbidden: boolean,
): number {
  if (total.failed > 0) return 1;
  if (!skipsForbidden) return 0;
  if (absent.some(({ kind }) => kind === 'download')) return environmentExitCode;
  return total.skipped > 0 ? 1 : 0;
}

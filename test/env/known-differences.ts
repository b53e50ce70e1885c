// What tests say on an older Docker, held to the list of what is known to be otherwise there.
import { isRecord } from './json';

/** A test that fails on an older release, because it shows what came later. */
export interface Difference {
  /** The test file, in test/integration. */
  readonly file: string;
  /** The whole name, joined by ` > `; `*` stands for any text without that. */
  readonly test: string;
  /** A part of each failure's message: it must fail for this reason, and no other. */
  readonly message: string;
  /** Which release brought what the test shows. */
  readonly since: string;
}

export interface Comparison {
  readonly passed: number;
  /** As the list says. */
  readonly known: number;
  readonly skipped: number;
  /** A line for each difference that is not in the list, and each in the list that there is none of. */
  readonly surprises: readonly string[];
}

/**
 * @param report of vitest's JSON reporter
 * @param isWhole whether all of the files ran, so that each known difference must have been met
 */
export function compareWithKnown(
  report: unknown,
  differences: readonly Difference[],
  isWhole: boolean,
): Comparison {
  const results = testResults(report);
  const surprises = results.flatMap((result) => surpriseOf(result, differences));
  const unmet = differences.filter((one) => !results.some((result) => concerns(one, result)));
  const failures = results.filter(({ status }) => status === 'failed');
  return {
    passed: results.filter(({ status }) => status === 'passed').length,
    known: failures.filter((result) => surpriseOf(result, differences).length === 0).length,
    skipped: results.filter(({ status }) => status !== 'passed' && status !== 'failed').length,
    surprises: [
      ...surprises,
      ...(isWhole ? unmet.map(({ file, test }) => `${file} > ${test}: there is no such test`) : []),
    ],
  };
}

interface TestResult {
  readonly file: string;
  readonly test: string;
  readonly status: string;
  readonly messages: string;
}

function testResults(report: unknown): TestResult[] {
  return records(report, 'testResults').flatMap((file) => {
    const name = String(file['name']).replace(/^.*\/test\/integration\//, '');
    const tests = records(file, 'assertionResults');
    // A file that breaks before its first test.
    if (tests.length === 0 && file['status'] === 'failed') {
      return [{ file: name, test: '', status: 'failed', messages: String(file['message']) }];
    }
    return tests.map((one) => ({
      file: name,
      test: [...texts(one['ancestorTitles']), String(one['title'])].join(' > '),
      status: String(one['status']),
      messages: texts(one['failureMessages']).join('\n'),
    }));
  });
}

function surpriseOf(result: TestResult, differences: readonly Difference[]): string[] {
  const { file, test, status, messages } = result;
  const known = differences.filter((one) => concerns(one, result));
  const where = `${file} > ${test}`;
  if (status === 'passed') {
    return known.map(({ since }) => `${where}: passes, though it shows what came with ${since}`);
  }
  if (status !== 'failed') return [];
  if (known.some(({ message }) => messages.includes(message))) return [];
  const [reason = ''] = messages.split('\n');
  return [`${where}: ${known.length === 0 ? 'fails' : 'fails for another reason'}: ${reason}`];
}

function concerns(difference: Difference, { file, test }: TestResult): boolean {
  const parts = difference.test.split('*').map((part) => part.replace(/[^\w\s]/g, '\\$&'));
  return file === difference.file && new RegExp(`^${parts.join('[^>]*')}$`).test(test);
}

function records(value: unknown, key: string): Record<string, unknown>[] {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

import { describe, expect, it } from 'vitest';
import { compareWithKnown, type Difference } from './known-differences';

const known: Difference = {
  file: 'a.test.ts',
  test: "on '*' > does (it)",
  message: 'too old',
  since: '0.16',
};

const report = (...tests: { title: string; status: string; message?: string }[]) => ({
  testResults: [
    {
      name: '/somewhere/test/integration/a.test.ts',
      assertionResults: tests.map(({ title, status, message }) => ({
        ancestorTitles: ["on 'graph'"],
        title,
        status,
        failureMessages: message === undefined ? [] : [message],
      })),
    },
  ],
});

describe('what differs on an older release', () => {
  it('is known where the test fails for the reason in the list', () => {
    const result = compareWithKnown(
      report(
        { title: 'does (it)', status: 'failed', message: 'Error: too old\n at x' },
        { title: 'does that', status: 'passed' },
      ),
      [known],
      true,
    );
    expect(result).toEqual({ passed: 1, known: 1, skipped: 0, surprises: [] });
  });

  it.each([
    ['fails', { title: 'does that', status: 'failed', message: 'Error: too old' }],
    ['fails for another reason', { title: 'does (it)', status: 'failed', message: 'Error: no' }],
    ['passes, though', { title: 'does (it)', status: 'passed' }],
  ])('is a surprise where a test %s', (words, test) => {
    const { surprises } = compareWithKnown(report(test), [known], false);
    expect(surprises).toEqual([expect.stringContaining(words)]);
  });

  it('is a surprise where the list names no test, once all files ran', () => {
    const none = report({ title: 'does that', status: 'passed' });
    expect(compareWithKnown(none, [known], true).surprises).toHaveLength(1);
    expect(compareWithKnown(none, [known], false).surprises).toEqual([]);
  });

  it('is a surprise where a file breaks before its first test', () => {
    const broken = {
      testResults: [
        { name: '/x/test/integration/b.test.ts', status: 'failed', message: 'Error: no' },
      ],
    };
    expect(compareWithKnown(broken, [known], false).surprises).toEqual([
      'b.test.ts > : fails: Error: no',
    ]);
  });
});

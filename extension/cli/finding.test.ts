import { expect, test } from 'vitest';
import { type Finding, findingLine, sarif } from './finding';

const finding: Finding = {
  file: 'app/Dockerfile',
  line: 4,
  column: 1,
  endLine: 4,
  endColumn: 21,
  severity: 'warning',
  message: 'as is lower case',
  rule: 'FromAsCasing',
  url: 'https://example.org/rule',
};

test('text is one line that editors can jump from', () => {
  expect(findingLine(finding)).toBe(
    'app/Dockerfile:4:1: warning: as is lower case [FromAsCasing]\n',
  );
});

test('SARIF names each rule once and places each result', () => {
  expect(sarif([finding, { ...finding, line: 9, endLine: 9 }])).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { rules: [{ id: 'FromAsCasing', helpUri: 'https://example.org/rule' }] },
        },
        results: [
          {
            ruleId: 'FromAsCasing',
            level: 'warning',
            message: { text: 'as is lower case' },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'app/Dockerfile' },
                  region: { startLine: 4, startColumn: 1, endLine: 4, endColumn: 21 },
                },
              },
            ],
          },
          { locations: [{ physicalLocation: { region: { startLine: 9 } } }] },
        ],
      },
    ],
  });
});

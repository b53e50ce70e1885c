import { describe, expect, test } from 'vitest';
import { expandVariables } from '../engine/input/expand-variables';
import { filledIn, hitTest, isTrue, type Meaning } from './conditions';

const variables = new Map([
  ['MODE', 'release build'],
  ['LEVEL', '10'],
]);
const meaning: Meaning = {
  facts: { stage: 'final', line: '7', cached: 'false' },
  variables,
  expand: (word) => expandVariables(word.replaceAll(/["']/g, ''), variables),
};

describe('a condition', () => {
  test.each([
    ['stage == final', true],
    ['stage == "tools"', false],
    ['$LEVEL == 10', true],
    ['LEVEL > 9', true],
    ['line <= 6 || MODE =~ ^release', true],
    ['line <= 6 && MODE =~ ^release', false],
    ['!cached', true],
    ['!(stage == final && line == 7)', false],
    ['${OTHER:-none} == none', true],
    ['$OTHER', false],
    ['MODE == "release build"', true],
    ['stage != final', false],
    ['stage !~ ^f', false],
  ])('%s is %j', (condition, expected) => {
    expect(isTrue(condition, meaning)).toBe(expected);
  });

  test.each(['stage ==', '(stage', 'stage final', '"open'])('%s cannot be read', (condition) => {
    expect(() => isTrue(condition, meaning)).toThrow();
  });
});

test.each([
  ['3', [3]],
  ['== 3', [3]],
  ['> 2', [3, 4, 5]],
  ['>= 4', [4, 5]],
  ['% 2', [2, 4]],
])('the hit count %s stops at the times %j', (text, expected) => {
  const stops = hitTest(text);
  expect([1, 2, 3, 4, 5].filter((hits) => stops?.(hits))).toEqual(expected);
});

test('a hit count that is no number is refused', () => {
  expect(hitTest('often')).toBeUndefined();
});

test.each([
  ['at {line} of {stage}', 'at 7 of final'],
  ['mode {$MODE}, {${OTHER:-none}}', 'mode release build, none'],
  ['{{plain}}', '{plain}'],
])('the log message %s says %s', (message, expected) => {
  expect(filledIn(message, meaning)).toBe(expected);
});

import { expect, test } from 'vitest';
import { parse } from '../../../language-server/dockerfile/index';
import { assignVariable } from './dockerfile-variables';

const dockerfile = `FROM alpine
ARG STAMP=none
ENV MODE=final \\
    LEVEL="two words"
ENV OLD a value
RUN true
`;

test.each([
  ['MODE', 'x', 6, dockerfile.replace('MODE=final', 'MODE="x"')],
  ['LEVEL', 'a "b" $c', 6, dockerfile.replace('"two words"', '"a \\"b\\" \\$c"')],
  ['OLD', 'new', 6, dockerfile.replace('OLD a value', 'OLD="new"')],
])('setting the ENV %s to %j changes its word and keeps the lines', (name, value, line, text) => {
  expect(assignVariable(parse(dockerfile), name, value, line)).toEqual({ kind: 'text', text });
});

test('setting an ARG gives it from outside', () => {
  expect(assignVariable(parse(dockerfile), 'STAMP', 'x', 6)).toEqual({
    kind: 'argument',
    name: 'STAMP',
    value: 'x',
  });
});

test.each([
  ['a variable of the base image', 'PATH', 'x', 6],
  ['a variable that is set only below', 'MODE', 'x', 2],
  ['a value of several lines', 'MODE', 'x\ny', 6],
])('%s is refused', (_, name, value, line) => {
  expect(assignVariable(parse(dockerfile), name, value, line).kind).toBe('refused');
});

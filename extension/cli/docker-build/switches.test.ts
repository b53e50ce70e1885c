import { expect, test } from 'vitest';
import { plainSwitches } from './switches';

test.each([
  [
    ['--pull=true', '.'],
    ['--pull', '.'],
  ],
  [['--pull=false', '.'], ['.']],
  [['--pull', '--pull=0', '.'], ['.']],
  [
    ['--pull=F', '--pull', '.'],
    ['--pull', '.'],
  ],
  [['--no-cache=1'], ['--no-cache']],
  [['--no-cache=false'], []],
  [['--pull=maybe'], ['--pull=maybe']],
  [
    ['--target=true', '--label=a=false'],
    ['--target=true', '--label=a=false'],
  ],
  [
    ['--', '--pull=false'],
    ['--', '--pull=false'],
  ],
])('%j', (args, plain) => {
  expect(plainSwitches(args)).toEqual(plain);
});

import { expect, test } from 'vitest';
import { chooseNodes } from './choose-node';

const amd64 = ['linux/amd64', 'linux/386'];
const arm64 = ['linux/arm64', 'linux/arm/v7'];

test.each<[string, string[][], string[], number[], boolean]>([
  ['the node of exactly that platform', [amd64, arm64], ['linux/arm64'], [1], true],
  ['both, each on its own', [amd64, arm64], ['linux/amd64', 'linux/arm64'], [0, 1], true],
  ['another spelling of it', [amd64, arm64], ['linux/aarch64/v8'], [1], true],
  ['one that can run it', [['linux/arm64'], ['linux/amd64']], ['linux/386'], [1], false],
  ['the nearest that can', [['linux/arm64'], ['linux/arm/v7']], ['linux/arm/v6'], [1], false],
  ['the first of two equal ones', [amd64, amd64], ['linux/amd64'], [0], true],
  ['a node that says v2 for v1', [['linux/amd64/v2']], ['linux/amd64'], [0], false],
  ['the first, which may emulate', [amd64, arm64], ['linux/s390x'], [0], false],
  ['the first, when nobody says anything', [[], []], ['linux/arm64'], [0], false],
])('%s', (_, nodes, wanted, indices, exact) => {
  expect(chooseNodes(nodes, wanted)).toEqual({ indices, exact });
});

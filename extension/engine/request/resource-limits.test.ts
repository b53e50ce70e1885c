import { describe, expect, test } from 'vitest';
import { limitAttributes, unmetLimits } from './resource-limits';

describe('limits as the frontend reads them', () => {
  test.each([
    [['memory=2g'], { memory: '2147483648' }],
    [['memory=512m', 'memory-swap=-1'], { memory: '536870912', memswap: '-1' }],
    [['cpu-shares=512', 'cpu-period=100000', 'cpu-quota=50000'], cpu('512', '100000', '50000')],
    [['cpuset-cpus=0-3', 'cpuset-mems=0,1'], { cpusetcpus: '0-3', cpusetmems: '0,1' }],
    [['memory=1g', 'memory=2g'], { memory: '2147483648' }],
    [['memory=0', 'cpu-shares=0', 'cpu-quota=-1'], {}],
  ])('%j', (texts, attributes) => {
    expect(limitAttributes(texts)).toEqual(attributes);
  });

  test.each(['memory', 'memory=much', 'memory=-1', 'cpu-quota=1.5', 'disk=1g'])(
    '%s is refused',
    (text) => {
      expect(() => limitAttributes([text])).toThrow(`"${text}" is no limit`);
    },
  );
});

test('a builder that sets no limits is told of', () => {
  const attributes = { filename: 'Dockerfile', memory: '1', memswap: '-1' };
  expect(unmetLimits(attributes, new Set())).toMatch(/exec\.meta.*effect: memory, memory-swap\.$/);
  expect(unmetLimits(attributes, new Set(['exec.meta.linux.resources']))).toBeUndefined();
  expect(unmetLimits({ filename: 'Dockerfile' }, new Set())).toBeUndefined();
});

function cpu(cpushares: string, cpuperiod: string, cpuquota: string) {
  return { cpushares, cpuperiod, cpuquota };
}

import { describe, expect, test } from 'vitest';
import { prunable, usageByType, type UsageItem } from './disk-usage';

const item = (id: string, more: Partial<UsageItem> = {}): UsageItem => ({
  id,
  type: 'regular',
  description: '',
  size: 10,
  inUse: false,
  shared: false,
  parents: [],
  uses: 1,
  ...more,
});

describe('what a prune removes', () => {
  const ids = (items: readonly UsageItem[]): string[] => items.map(({ id }) => id);
  const items = [
    item('base'),
    item('step', { parents: ['base'] }),
    item('root'),
    item('running', { inUse: true, parents: ['root'] }),
    item('syntax', { type: 'frontend' }),
    item('loads', { type: 'internal' }),
    item('image', { shared: true }),
    item('cache', { type: 'exec.cachemount', lastUsed: 900 }),
  ];
  test.each<[string, Parameters<typeof prunable>[1], string[]]>([
    ['what nobody uses, and no parent of what is used', { all: false }, ['base', 'step', 'cache']],
    [
      'with all, what frontends keep too',
      { all: true },
      ['base', 'step', 'syntax', 'loads', 'image', 'cache'],
    ],
    ['with an age, only what is older', { all: false, unusedFor: 200 }, ['base', 'step']],
  ])('%s', (_, options, expected) => {
    expect(ids(prunable(items, options, 1000))).toEqual(expected);
  });
});

test('use is summed up by kind, the largest first', () => {
  const items = [item('a'), item('b', { inUse: true }), item('c', { type: 'internal', size: 50 })];
  expect(usageByType(items)).toEqual([
    { type: 'internal', count: 1, size: 50, reclaimable: 50 },
    { type: 'regular', count: 2, size: 20, reclaimable: 10 },
  ]);
});

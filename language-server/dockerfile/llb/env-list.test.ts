import { expect, it } from 'vitest';
import { EnvList } from './env-list';

it('orders variables by their last assignment', () => {
  const env = EnvList.empty().set('A', '1').set('B', '2').set('A', '3');
  expect(env.pairs()).toEqual(['B=2', 'A=3']);
});

it('keeps older versions as they were', () => {
  const base = EnvList.empty().set('A', '1');
  const first = base.set('B', '2');
  const second = base.set('C', '3').set('A', '4');
  expect([base, first, second].map((env) => env.pairs())).toEqual([
    ['A=1'],
    ['A=1', 'B=2'],
    ['C=3', 'A=4'],
  ]);
  expect([first.get('A'), second.get('A'), first.get('C')]).toEqual(['1', '4', undefined]);
});

it('forgets a removed variable until it is set again', () => {
  const removed = EnvList.empty().set('A', '1').delete('A');
  expect([removed.get('A'), removed.keys()]).toEqual([undefined, []]);
  expect(removed.set('A', '2').pairs()).toEqual(['A=2']);
});

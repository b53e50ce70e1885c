/** A short run of `npm run fuzz`: the invariants of parser and compiler over mutated Dockerfiles. */
import { expect, it } from 'vitest';
import { fuzz, fuzzPrefixes } from '../fuzz/fuzz';

it('an edit is parsed and compiled as the whole file is, however broken', async () => {
  const { failures } = await fuzz({ seed: 20_261_122, inputs: 2000, compileEvery: 20 });
  expect(failures).toEqual([]);
});

it('every so manieth prefix of every file parses, without loss', () => {
  expect(fuzzPrefixes(41)).toBeGreaterThan(10);
});

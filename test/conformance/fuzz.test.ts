/** A short run of `npm run fuzz`: the invariants of parser and compiler over mutated Dockerfiles. */
import { expect, it } from 'vitest';
import { fuzz, fuzzLines, fuzzPrefixes, fuzzTyping } from '../fuzz/fuzz';
import { fuzzProtocol } from '../fuzz/protocol';

it('an edit is parsed and compiled as the whole file is, however broken', async () => {
  const { failures } = await fuzz({ seed: 20_261_122, inputs: 2000, compileEvery: 20 });
  expect(failures).toEqual([]);
});

it('what is typed letter by letter compiles as the whole file does', async () => {
  const { failures } = await fuzzTyping(20_261_122, 72);
  expect(failures).toEqual([]);
});

it('what blank lines, comments and steps move compiles as the whole file does', async () => {
  const { failures } = await fuzzLines(20_261_122, 24);
  expect(failures).toEqual([]);
});

it('every so manieth prefix of every file parses, without loss', () => {
  expect(fuzzPrefixes(41)).toBeGreaterThan(10);
});

it('every request of an editor has an answer at the end of any prefix', async () => {
  const { failures, requests } = await fuzzProtocol(20_261_122, 60);
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(1000);
});

/** Sizes of unpacked images from the records of a builder's cache. */
import { expect, test } from 'vitest';
import { unpackedSize } from './image-on-disk';

const digest = `sha256:${'1'.repeat(64)}`;
const pulled = `pulled from docker.io/library/a:1@${digest}`;

const record = (id: string, parents: string[], size: number, description = pulled) => ({
  id,
  parents,
  size: BigInt(size),
  description,
});

test.each([
  ['of one layer', [record('top', [], 7)], 7],
  [
    'whose lower layer came with another image',
    [
      record('top', ['low'], 7),
      record('low', [], 30, 'pulled from b'),
      record('x', ['top'], 5, ''),
    ],
    37,
  ],
  ['that is named by its digest alone', [record('top', [], 7, `pulled from a@${digest}`)], 7],
  ['whose layers all have its name', [record('low', [], 30), record('top', ['low'], 7)], 37],
  [
    'with a layer that Docker keeps elsewhere',
    [record('top', ['low'], 7), record('low', [], 0)],
    undefined,
  ],
  ['with a layer that has no record', [record('top', ['gone'], 7)], undefined],
  ['that is there for two platforms', [record('one', [], 7), record('two', [], 8)], undefined],
  ['that was never unpacked', [record('x', [], 7, 'pulled from b')], undefined],
])('an image %s', (_, records, expected) => {
  expect(unpackedSize(records, digest)).toBe(expected);
});

import { expect, test } from 'vitest';
import { TOOLS_DIGEST, TOOLS_TAG } from '../../../language-server/derivation';
import type { ImageResolver } from '../../../language-server/dockerfile/compile/image-resolver';
import { toolsImage } from './tools-image';

const PINNED = `${TOOLS_TAG}@${TOOLS_DIGEST}`;
const OTHER = `sha256:${'1'.repeat(64)}`;
const platform = { os: 'linux', architecture: 'amd64' };

/** A registry with these images, which answers as BuildKit does. */
function registry(images: Readonly<Record<string, string>>): ImageResolver {
  return {
    resolve: (ref) => {
      const digest = images[ref];
      if (digest === undefined) return Promise.reject(new Error(`${ref}: not found`));
      return Promise.resolve({ ref, digest, config: new Uint8Array(0), uncertain: false });
    },
  };
}

const cases = [
  ['the pinned image', undefined, {}, { [PINNED]: TOOLS_DIGEST }, TOOLS_TAG, TOOLS_DIGEST],
  ['what is asked for', 'tools', { LLB_LENS_TOOLS: 'x' }, { tools: OTHER }, 'tools', OTHER],
  ['what the environment names', undefined, { LLB_LENS_TOOLS: 'x' }, { x: OTHER }, 'x', OTHER],
  ['a name with its digest', `t@${OTHER}`, {}, { [`t@${OTHER}`]: OTHER }, 't', OTHER],
] as const;

test.each(cases)('takes %s', async (_, asked, env, images, ref, digest) => {
  expect(await toolsImage(asked, env, registry(images), platform)).toEqual({ ref, digest });
});

test('takes what a mirror has by the tag, and says so', async () => {
  const image = await toolsImage(undefined, {}, registry({ [TOOLS_TAG]: OTHER }), platform);
  expect(image).toMatchObject({ ref: TOOLS_TAG, digest: OTHER });
  expect(image.note).toContain(`cannot get ${PINNED}`);
  expect(image.note).toContain(OTHER);
});

test('fails for what was asked first', async () => {
  const none = registry({});
  await expect(toolsImage(undefined, {}, none, platform)).rejects.toThrow(`${PINNED}: not found`);
  await expect(toolsImage('mine', {}, none, platform)).rejects.toThrow('mine: not found');
});

/** What a hover says of an image. */
import { expect, test } from 'vitest';
import { imageText } from './image-text';

const config = new TextEncoder().encode('{"os":"linux","architecture":"arm64"}');
const image = { ref: 'a:1', config, uncertain: false };

test.each([
  ['without a size', image, '- Platform: `linux/arm64`'],
  [
    'with what a registry sends',
    { ...image, size: 3_600_000 },
    '- Platform: `linux/arm64`\n- Size: `3.6 MB to download`',
  ],
  [
    'that is guessed',
    { ...image, uncertain: true },
    'Not looked up yet, or no builder and no registry can be asked.',
  ],
])('an image %s', (_, given, text) => {
  expect(imageText(given)).toEqual([text]);
});

/** What a hover says of an image. */
import { expect, test } from 'vitest';
import { imageText } from './image-text';

const config = new TextEncoder().encode('{"os":"linux","architecture":"arm64"}');
const image = { ref: 'a:1', config, uncertain: false };

test.each([
  ['that nobody has resolved', image, ['- Platform: `linux/arm64`']],
  [
    'with what a registry sends',
    { ...image, size: 3_600_000 },
    ['- Platform: `linux/arm64`\n- Size: `3.6 MB to download`'],
  ],
  [
    'that the builder has unpacked',
    { ...image, onDisk: 8_100_000 },
    ["- Platform: `linux/arm64`\n- Size: `8.1 MB on the builder's disk`"],
  ],
  [
    'of which both are known',
    { ...image, size: 3_600_000, onDisk: 8_100_000 },
    ["- Platform: `linux/arm64`\n- Size: `3.6 MB to download, 8.1 MB on the builder's disk`"],
  ],
  [
    'whose size nobody knows',
    { ...image, digest: 'sha256:1' },
    [
      '- Platform: `linux/arm64`\n- Digest: `sha256:1`',
      'Size not known: no registry was asked, and the builder has not unpacked the image.',
    ],
  ],
  [
    'that is guessed',
    { ...image, uncertain: true },
    ['Not looked up yet, or no builder and no registry can be asked.'],
  ],
])('an image %s', (_, given, text) => {
  expect(imageText(given)).toEqual(text);
});

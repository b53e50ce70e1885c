/** Sessions that come and go leave nothing behind; `npm run bench -- cycles` does this 200 times. */
import { expect, test } from 'vitest';
import { debugCycles } from '../bench/debug-cycles';
import { environmentFor, requireBuildkit } from '../env/context';
import { bundleAdapter } from './adapter-bundle';

test('sessions in a row leave no build, process or socket', async () => {
  const bundle = await bundleAdapter();
  try {
    const figures = await debugCycles(bundle.argv, environmentFor(requireBuildkit()), 6);
    expect(figures.builds).toBe(0);
    expect(figures.processes).toBe(0);
    expect(figures.socketsAfter).toBe(figures.socketsBefore);
  } finally {
    await bundle.remove();
  }
});

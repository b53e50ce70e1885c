/** The adapter and the attach command as users run them: bundled, in one folder. */
import { join } from 'node:path';
import { inject } from 'vitest';

export type AdapterBundle = {
  /** Program and arguments that start the adapter on stdio. */
  readonly argv: readonly string[];
  readonly folder: string;
  /** Kept for the next file; they go at the end of the run. */
  remove(): Promise<void>;
};

export function bundleAdapter(): Promise<AdapterBundle> {
  const folder = inject('freshBundles');
  return Promise.resolve({
    argv: [process.execPath, '--enable-source-maps', join(folder, 'debug-adapter.js')],
    folder,
    remove: () => Promise.resolve(),
  });
}

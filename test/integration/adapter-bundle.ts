/** The adapter and the attach command as users run them: bundled, in a folder of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');

export type AdapterBundle = {
  /** Program and arguments that start the adapter on stdio. */
  readonly argv: readonly string[];
  readonly folder: string;
  remove(): Promise<void>;
};

export async function bundleAdapter(): Promise<AdapterBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-adapter-'));
  await build({
    absWorkingDir: root,
    entryPoints: {
      'debug-adapter': 'extension/debug-adapter/main.ts',
      cli: 'extension/cli/main.ts',
      'session-worker': 'proto/client/session/worker.ts',
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    // As the product's own bundles are made: some packages' older form cannot be bundled.
    mainFields: ['module', 'main'],
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return {
    argv: [process.execPath, '--enable-source-maps', join(folder, 'debug-adapter.js')],
    folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

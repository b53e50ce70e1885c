/**
 * The programs that integration tests start, bundled once a run from the sources as they are now:
 * a process or a thread that is taught TypeScript first takes ten times as long to start.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the bundles. */
    readonly freshBundles: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-bundles-'));
  await build({
    absWorkingDir: resolve(import.meta.dirname, '../..'),
    entryPoints: {
      'debug-adapter': 'extension/debug-adapter/main.ts',
      cli: 'extension/cli/main.ts',
      service: 'extension/service/main.ts',
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
  project.provide('freshBundles', folder);
  return () => rm(folder, { recursive: true, force: true });
}

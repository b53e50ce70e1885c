/** Runs a benchmark as the product runs: bundled and minified, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { list, object, text } from '../../extension/engine/profile/decode';
import type { Figure } from './report';

const figures = list(object({ name: text, value: text }, { note: text }));

export type Bundle = {
  /** Runs the script in a process of its own; gives what it prints, which is JSON. */
  readonly run: (...args: readonly string[]) => unknown;
  /** Node's own flags come first. */
  readonly runWith: (flags: readonly string[], ...args: readonly string[]) => unknown;
  readonly dispose: () => void;
};

/** @param source a script that prints JSON */
export async function bundle(source: string): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-bench-'));
  const outfile = join(folder, 'bench.js');
  const dispose = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node20',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
  } catch (error) {
    dispose();
    throw error;
  }
  const runWith: Bundle['runWith'] = (flags, ...args) => {
    const run = spawnSync(process.execPath, [...flags, outfile, ...args], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${source} failed:\n${run.stderr}`);
    const value: unknown = JSON.parse(run.stdout);
    return value;
  };
  return { run: (...args) => runWith([], ...args), runWith, dispose };
}

/**
 * @param source a script that prints its figures as JSON
 * @param flags Node's own
 * @param args the script's
 */
export async function bundled(
  source: string,
  flags: readonly string[] = [],
  args: readonly string[] = [],
): Promise<readonly Figure[]> {
  const { runWith, dispose } = await bundle(source);
  try {
    return figures(runWith(flags, ...args), '');
  } finally {
    dispose();
  }
}

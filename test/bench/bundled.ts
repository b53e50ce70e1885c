/** Runs a benchmark as the product runs: bundled and minified, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { list, object, text } from '../../extension/engine/decode';
import type { Figure } from './report';

const figures = list(object({ name: text, value: text }, { note: text }));

/** @param source a script that prints its figures as JSON */
export async function bundled(source: string): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-bench-'));
  const outfile = join(folder, 'bench.js');
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
    const run = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${source} failed:\n${run.stderr}`);
    const value: unknown = JSON.parse(run.stdout);
    return figures(value, '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

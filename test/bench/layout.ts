/** How long our layout takes, cold: each size in a process of its own, as the first thing it does. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Figure } from './report';

const SIZES = [50, 250, 1000, 5000, 10_000] as const;

/** Milliseconds of CPU, peak memory and crossings; as a script, since each run is a process. */
const script = `
  import { layeredLayout } from './webview/picture/layered';
  import { stagedBuild } from './webview/picture/made-up-graphs.test-data';
  const input = stagedBuild(Number(process.argv[2]));
  const before = process.cpuUsage();
  let crossings = 0;
  layeredLayout(input, (figures) => { crossings = figures.crossings; });
  const { user, system } = process.cpuUsage(before);
  const memory = Math.round(process.memoryUsage().rss / 1e6);
  console.log([Math.round((user + system) / 1000), memory, crossings].join(' '));
`;

export function layout(root: string): readonly Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-layout-'));
  const file = join(folder, 'layout.cjs');
  try {
    buildSync({
      stdin: { contents: script, resolveDir: root },
      bundle: true,
      platform: 'node',
      outfile: file,
      logLevel: 'error',
    });
    return SIZES.map((size) => {
      const output = execFileSync(process.execPath, [file, String(size)], { encoding: 'utf8' });
      const [cpu = '?', memory = '?', crossings = '?'] = output.trim().split(' ');
      return {
        name: `layout of ${size} steps in stages`,
        value: `${cpu} ms`,
        note: `CPU, cold; ${memory} MB; ${crossings} crossings`,
      };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

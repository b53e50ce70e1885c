/**
 * How long our layout takes, cold: each size in a process of its own, as the first thing it does; and
 * Graphviz's `dot`, where it is installed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { stagedBuild } from '../../webview/picture/made-up-graphs.test-data';
import { runDot } from './graphviz';
import type { Figure } from './report';

const SIZES = [50, 250, 1000, 5000, 10_000] as const;
/** Of 5,000 steps Graphviz makes nothing in minutes. */
const DOT_SIZES = [50, 250, 1000] as const;

/**
 * As the page's worker does it: first the quick layout, cold, and after it the thorough one, where
 * that is worth it. Prints milliseconds of CPU, peak memory and crossings; as a script, since each
 * run is a process.
 */
const script = `
  import { layeredLayout } from './webview/picture/layered';
  import { stagedBuild } from './webview/picture/made-up-graphs.test-data';
  const input = stagedBuild(Number(process.argv[2]));
  const run = (effort) => {
    const before = process.cpuUsage();
    let figures = {};
    layeredLayout(input, effort, (measured) => (figures = measured));
    const { user, system } = process.cpuUsage(before);
    const memory = Math.round(process.memoryUsage().rss / 1e6);
    console.log([Math.round((user + system) / 1000), memory, figures.crossings].join(' '));
    return figures;
  };
  if (run('quick').improvable) run('thorough');
`;

export async function layout(root: string): Promise<readonly Figure[]> {
  const figures = ownLayouts(root);
  for (const size of DOT_SIZES) {
    const run = await runDot(stagedBuild(size));
    if (run === undefined) break;
    figures.push({
      name: `layout of ${size} steps by dot`,
      value: `${run.plain === undefined ? '> ' : ''}${run.cpu === 0 ? '< 10' : run.cpu} ms`,
      note: `CPU${run.plain === undefined ? ' until it was ended' : ''}; ${Math.round(run.memory / 1e6)} MB`,
    });
  }
  return figures;
}

function ownLayouts(root: string): Figure[] {
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
    return SIZES.flatMap((size) => {
      const output = execFileSync(process.execPath, [file, String(size)], { encoding: 'utf8' });
      return output
        .trim()
        .split('\n')
        .map((line, frame): Figure => {
          const [cpu = '?', memory = '?', crossings = '?'] = line.split(' ');
          return {
            name: `layout of ${size} steps in stages${frame === 0 ? '' : ', second frame'}`,
            value: `${cpu} ms`,
            note: `CPU${frame === 0 ? ', cold' : ''}; ${memory} MB; ${crossings} crossings`,
          };
        });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The extension's activation in a real VS Code: its own count of it, and how long a user who opens
 * a Dockerfile waits for the first diagnostic (extension, server and compiler together).
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Workbench } from '../e2e/workbench';
import { chromium, codeServer } from '../env/context';
import { amount, type Figure } from './report';

/** Milliseconds after which a fresh workbench has come to rest. */
const REST = 10_000;
const sample = resolve(__dirname, '../fixtures/sample');

/** @param vsix the packed extension */
export async function activation(vsix: string, env: NodeJS.ProcessEnv): Promise<Figure[]> {
  const install = codeServer();
  const browser = await chromium();
  const skipped = (note: string) => [{ name: 'extension activation', value: 'skipped', note }];
  if (install === undefined || browser === undefined) return skipped('no VS Code: npm run env:up');
  if (!existsSync(vsix)) return skipped('no vsix: npm run package');
  const scratch = mkdtempSync(join(tmpdir(), 'llb-lens-activation-'));
  try {
    const folder = join(scratch, 'sample');
    cpSync(sample, folder, { recursive: true });
    const options = { install, chromium: browser, vsix: [vsix], scratch, folder };
    const workbench = await Workbench.open({ ...options, env });
    try {
      return await measured(workbench);
    } finally {
      await workbench.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measured(workbench: Workbench): Promise<Figure[]> {
  const { page } = workbench;
  // The editor's own start is not what is measured.
  await page.waitForTimeout(REST);
  const opened = performance.now();
  await workbench.openFile('Dockerfile');
  await page.locator('.squiggly-warning').first().waitFor({ timeout: 60_000 });
  const shown = performance.now() - opened;
  await workbench.command('Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row, .extension').filter({
    has: page.locator('.name', { hasText: /^LLB Lens$/ }),
  });
  const time = row.locator('.activation-time').first();
  await time.filter({ hasText: /\d+\s*ms/ }).waitFor({ timeout: 30_000 });
  const own = /(\d+)\s*ms/.exec(await time.innerText())?.[1] ?? '?';
  return [
    { name: 'extension activation', value: `${own} ms`, note: 'as VS Code counts it' },
    {
      name: 'Dockerfile opened → first squiggle',
      value: amount(shown, 'ms'),
      note: 'wall, with activation and start of the server, typing the name included',
    },
  ];
}

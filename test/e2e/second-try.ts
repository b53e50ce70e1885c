/** Lets the second try of a test begin as the first one did. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { eventually, happens } from './eventually';
import type { Workbench } from './workbench';

/**
 * After a try that failed: takes a picture, empties the window, and puts the files back. What else a
 * test wants of those before it, such as a graph that is open, it asks for at its beginning.
 * @param of the window, and the folders whose files belong to the tests; asked for when a test runs
 */
export function allowSecondTries(
  of: () => { readonly workbench: Workbench; readonly folders: readonly string[] },
): void {
  let before: ReadonlyMap<string, Files> = new Map();

  beforeEach(() => {
    before = new Map(of().folders.map((folder) => [folder, filesOf(folder)]));
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const { workbench } = of();
    await workbench.artefact(task.name);
    try {
      const errors = await recover(workbench);
      if (errors.length > 0) console.log(`The editor told of: ${errors.join('\n')}`);
    } finally {
      for (const [folder, files] of before) putBack(folder, files);
    }
  });
}

/** Contents by path in the folder. */
type Files = ReadonlyMap<string, Buffer>;

function filesOf(folder: string): Files {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path)]),
  );
}

/** Writes only what differs: an editor, or a build, takes a file that was written for one that changed. */
function putBack(folder: string, files: Files): void {
  const now = filesOf(folder);
  for (const path of now.keys()) if (!files.has(path)) rmSync(path);
  for (const [path, content] of files) {
    if (now.get(path)?.equals(content) === true) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/**
 * Puts away what a try that failed has left: questions, sessions of the debugger, editors with what
 * was typed into them, breakpoints, terminals and notifications.
 * @returns the errors among the notifications
 */
async function recover(workbench: Workbench): Promise<string[]> {
  const { page } = workbench;
  const question = page.locator('.monaco-dialog-box');
  const list = page.locator('.quick-input-widget');
  await eventually('the end of the questions', async () => {
    if (!(await question.isVisible()) && !(await list.isVisible())) return true;
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
    return false;
  });
  const session = page.locator('.debug-toolbar');
  // A session that is only just beginning has no toolbar yet; the palette knows of it.
  await eventually(
    'the end of the sessions',
    async () => {
      const isStopping = await workbench.offers('Debug: Stop');
      const isGone = await happens(session.waitFor({ state: 'hidden', timeout: 5_000 }));
      return isGone && !isStopping;
    },
    60_000,
  );
  await eventually('the end of the editors', async () => {
    if ((await page.locator('.tabs-container .tab').count()) === 0) return true;
    await workbench.offers('View: Close All Editors');
    const lose = question.getByRole('button', { name: "Don't Save" });
    await happens(lose.click({ timeout: 2_000 }));
    return false;
  });
  await workbench.command('Remove All Breakpoints');
  if ((await page.locator('.terminal-wrapper').count()) > 0)
    await workbench.command('Terminal: Kill All Terminals');
  await workbench.hidePanel();
  const errors = await workbench.errors();
  await workbench.command('Notifications: Clear All Notifications');
  return errors;
}

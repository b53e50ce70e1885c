/**
 * Files of Nix in the editor: a derivation is read, and checked against its own contents; a list of
 * installables is typed, checked, drawn and built. The window belongs to the tests around these.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { eventually } from './eventually';
import type { Workbench } from './workbench';

/** The folder of the window that holds the derivations of `test/fixtures/derivation`. */
const STORE = 'derivation';
const DOCUMENT = 'shop.installables';

/** Beforehand, since the list of files to open may not find what is made later. */
export function writeInstallables(folder: string): void {
  writeFileSync(join(folder, STORE, DOCUMENT), '{\n  "installables": [""],\n  \n}\n');
}

/** @param window and the folder that it shows, both once the tests run */
export function nixDocuments(window: () => { workbench: Workbench; folder: string }): void {
  const drv = (name: string): string => {
    const files = readdirSync(join(window().folder, STORE));
    const file = files.find((one) => one.endsWith(`-${name}.drv`));
    if (file === undefined) throw new Error(`the fixture has no ${name}.drv`);
    return file;
  };

  test('a derivation says what it holds, leads to its inputs, and is read as text', async () => {
    const { workbench } = window();
    const { page } = workbench;
    const broken = drv('broken');
    await workbench.command('View: Close All Editors');
    await workbench.openFile(`${STORE}/${broken}`);

    await workbench.find(drv('card'));
    await workbench.hover('Used: out');
    await workbench.screenshot('28-derivation-hover');
    await page.keyboard.press('Escape');

    await page.keyboard.press('ControlOrMeta+Shift+KeyO');
    const entry = (name: string) => page.getByRole('option', { name }).first();
    for (const part of ['outputs', 'arguments', 'environment']) await entry(part).waitFor();
    await page.keyboard.press('Escape');

    await page.locator('.editor-instance .detected-link').first().waitFor();
    await workbench.find(drv('card'));
    await workbench.command('Go to Definition');
    await workbench.tab(drv('card')).waitFor();

    await workbench.tab(broken).click();
    await workbench.command('LLB Lens: Read Derivation as Text');
    await workbench.tab(`${broken}.yaml`).waitFor();
    const text = () => workbench.editorText();
    // A script has its lines here; in the file it is one string.
    await eventually('the script', async () =>
      /^ *echo "first line: \$first" > notes\.txt$/m.test(await text()),
    );
    await workbench.screenshot('29-derivation-text');
    await workbench.command('Fold All');
    await eventually('the folds', async () => !(await text()).includes('notes.txt'));
    await workbench.command('View: Close All Editors');
  });

  test('a derivation whose output has another hash is marked, and put right', async () => {
    const { workbench } = window();
    const { page } = workbench;
    const file = drv('greeting');
    await workbench.openFile(`${STORE}/${file}`);
    await workbench.find('Derive([("out","/nix/store/');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.type('0');
    await page.locator('.squiggly-error').first().waitFor();
    await page.keyboard.press('ArrowLeft');
    await workbench.hover("output 'out' must be");
    await workbench.screenshot('30-wrong-output');
    await page.keyboard.press('Escape');
    await workbench.command('Quick Fix...');
    const fix = page.locator('.action-widget').getByText('Use the path that the contents give');
    await fix.first().waitFor();
    await page.keyboard.press('Enter');
    // What is left is that the file has the name of other contents, until the change is undone.
    await eventually(
      'the right path',
      async () => (await page.locator('.squiggly-error').count()) === 0,
    );
    await workbench.command('File: Revert File');
    await workbench.command('View: Close All Editors');
  });

  test('a list of installables is completed, checked, drawn and built', async () => {
    const { workbench } = window();
    const { page } = workbench;
    await workbench.openFile(`${STORE}/${DOCUMENT}`);
    await workbench.goToLine(2);
    await page.keyboard.press('End');
    for (let left = 3; left > 0; left -= 1) await page.keyboard.press('ArrowLeft');
    const suggestions = page.locator('.suggest-widget');
    await page.keyboard.type('car');
    await suggestions.getByText('card', { exact: true }).first().waitFor({ timeout: 60_000 });
    await workbench.screenshot('31-installables');
    await page.keyboard.press('Enter');
    const text = () => workbench.editorText();
    await eventually('the completed path', async () => (await text()).includes(`"${drv('card')}"`));

    await workbench.goToLine(3);
    await page.keyboard.press('End');
    await page.keyboard.type('"maxL');
    await suggestions.getByText('maxLayers').first().waitFor();
    await page.keyboard.press('Enter');
    await eventually('the key', async () => (await text()).includes('"maxLayers": 100'));
    // The default is selected.
    await page.keyboard.type('0');
    await page.locator('.squiggly-warning').first().waitFor();
    await page.keyboard.press('Backspace');
    await page.keyboard.type('3');
    await page.locator('.squiggly-warning').first().waitFor({ state: 'hidden' });

    await workbench.command('LLB Lens: Show Build Graph');
    const graph = await workbench.webview('[data-node]', 60_000);
    const node = (name: string) =>
      graph
        .locator('[data-node]')
        .filter({ has: graph.getByRole('treeitem', { name }) })
        .first();
    await node('build card').waitFor();
    await node('build letters').click();
    // Of a closure, only the ways from the result to what is selected.
    const all = await graph.locator('[data-node]').count();
    await page.keyboard.press('w');
    await eventually('the ways', async () => (await graph.locator('[data-node]').count()) < all);
    await workbench.settled();
    await workbench.screenshot('32-installables-ways');

    await workbench.tab(DOCUMENT).first().click();
    await workbench.goToLine(2);
    await page.keyboard.press('F5');
    const state = () => graph.locator('.build-state').getAttribute('data-state');
    await eventually('the image', async () => (await state()) === 'succeeded', 120_000);
    // The step that was selected says how large its outputs are.
    await graph.getByText('index: 184 B').waitFor();
    await graph.getByText('index: 184 B').scrollIntoViewIfNeeded();
    await workbench.settled();
    await workbench.screenshot('33-installables-built');
  });
}

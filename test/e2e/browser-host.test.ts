/**
 * Where VS Code has no machine: the extension in the web worker of the browser's own extension
 * host, as on vscode.dev. Dockerfiles are edited, checked and drawn; files come from the editor.
 */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { absence, chromium, codeServer } from '../env/context';
import { eventually } from './eventually';
import { packedExtension } from './packed-extension';
import { allowSecondTries } from './second-try';
import { removeScratch, Workbench } from './workbench';

const root = resolve(import.meta.dirname, '../..');
const install = codeServer('newest');
const browser = await chromium();

if (install === undefined || browser === undefined) console.log(`e2e skipped: ${absence()}`);

describe.skipIf(install === undefined || browser === undefined)('in the browser alone', () => {
  let scratch: string;
  let folder: string;
  let workbench: Workbench;

  beforeAll(async () => {
    if (install === undefined || browser === undefined) return;
    scratch = mkdtempSync(join(tmpdir(), 'llb-lens-e2e-'));
    folder = join(scratch, 'sample');
    cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
    const bake = 'target "page" { target = "pages" }\ntarget "site" {}\n';
    writeFileSync(join(folder, 'docker-bake.hcl'), bake);
    workbench = await Workbench.open({
      install,
      chromium: browser,
      vsix: [packedExtension()],
      scratch,
      folder,
      settings: { 'remote.extensionKind': { 'llb-lens.llb-lens': ['web'] } },
    });
  });

  allowSecondTries(() => ({ workbench, folders: [folder] }));

  afterAll(async () => {
    await workbench.close();
    removeScratch(scratch);
  });

  test('a Dockerfile is checked against its context, completed and drawn, and not built', async () => {
    const { page } = workbench;
    await workbench.openFile('Dockerfile');
    await page.locator('.squiggly-warning').first().waitFor({ timeout: 60_000 });

    await workbench.goToLine(7);
    // A name that nothing completes, or Enter would choose what is offered behind the slash.
    await page.keyboard.type('COPY missing.txt /missing\n');
    await page.locator('.squiggly-warning').nth(1).waitFor();
    await page.keyboard.type('COPY --from=');
    await page.locator('.suggest-widget').getByText('pages', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Home');
    await page.keyboard.press('Delete');

    await workbench.command('LLB Lens: Show Build Graph');
    const graph = await workbench.webview('[data-node]', 60_000);
    const drawn = await graph.locator('[data-node]').count();
    expect(drawn).toBeGreaterThan(10);

    await workbench.tab('Dockerfile').first().click();
    await workbench.goToLine(8);
    await page.keyboard.type('RUN one-more\n');
    await eventually(
      'one step more',
      async () => (await graph.locator('[data-node]').count()) === drawn + 1,
    );
    await workbench.settled();
    await workbench.screenshot('browser-alone');

    await workbench.command('LLB Lens: Run Build');
    await workbench.command('Notifications: Show Notifications');
    await page
      .locator('.notifications-center')
      .getByText('In the browser Dockerfiles are edited, checked and drawn.')
      .first()
      .waitFor();
  });

  test('a Bake file asks which of its builds is meant, and draws it', async () => {
    await workbench.openFile('docker-bake.hcl');
    await workbench.command('LLB Lens: Show Build Graph');
    await workbench.pick('page');
    const graph = await workbench.webview('[data-node]', 60_000);
    const steps = (name: string) => graph.getByRole('treeitem', { name }).count();
    await eventually(
      'the steps of that target and no others',
      async () => (await steps('COPY pages/')) > 0 && (await steps('cat styles')) === 0,
    );
  });
});

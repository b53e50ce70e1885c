/** The views *Builders* and *Builds* in a real VS Code, with a build that a terminal started. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { absence, buildkits, chromium, codeServer, environmentFor } from '../env/context';
import { packedExtension } from './packed-extension';
import { escape, eventually, Workbench } from './workbench';

const root = resolve(import.meta.dirname, '../..');
const install = codeServer();
const browser = await chromium();
const buildkit = buildkits()[0];

if (install === undefined || browser === undefined || buildkit === undefined) {
  console.log(`e2e skipped: ${absence()}`);
}

describe.skipIf(install === undefined || browser === undefined || buildkit === undefined)(
  'builders and builds',
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'llb-lens-views-'));
    const folder = join(scratch, 'sample');
    const env = {
      ...(buildkit === undefined ? {} : environmentFor(buildkit)),
      XDG_CACHE_HOME: join(scratch, 'cache'),
    };
    const name = `terminal-${process.pid}`;
    let workbench: Workbench;

    /** As somebody in a terminal does it. */
    function build(target: string): void {
      const options = [
        `--build-arg=BUILDKIT_BUILD_NAME=${name}`,
        '--no-cache',
        `--target=${target}`,
      ];
      execFileSync('docker', ['buildx', 'build', ...options, folder], { env, stdio: 'ignore' });
    }

    beforeAll(async () => {
      if (install === undefined || browser === undefined) return;
      cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
      writeFileSync(
        join(folder, 'Dockerfile'),
        'FROM alpine AS tools\nRUN echo one\n\nFROM tools AS app\nCOPY pages /pages\nRUN wc -c /pages/*\n',
      );
      workbench = await Workbench.open({
        install,
        chromium: browser,
        vsix: packedExtension(),
        scratch,
        folder,
        settings: { 'workbench.colorTheme': 'Default Light Modern' },
        env,
      });
    });

    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await workbench.artefact(task.name);
    });

    afterAll(async () => {
      await workbench.close();
      rmSync(scratch, { recursive: true, force: true });
    });

    const row = (label: string) =>
      workbench.page.getByRole('treeitem', { name: new RegExp(label) }).first();

    test('a builder says what it is and what it stores', async () => {
      await workbench.command('View: Show LLB Lens');
      const builder = row('in use, running');
      await builder.waitFor({ timeout: 60_000 });
      await builder.click();
      await workbench.page.keyboard.press('ArrowRight');
      await row('Platforms').waitFor({ timeout: 30_000 });
      const usage = row('Disk use');
      await usage.click();
      await row('Build steps').waitFor();
      expect(await row('Platforms').textContent()).toContain('linux/amd64');
    });

    test('a build from a terminal appears by itself and opens as a graph', async () => {
      build('app');
      const item = row(`^${escape(name)} \\(app\\), succeeded|^${escape(name)}, succeeded`);
      await item.waitFor({ timeout: 30_000 });
      await item.click();
      const graph = await workbench.webview('[data-node]', 60_000);
      const step = graph.getByRole('treeitem', { name: /wc -c/ }).first();
      await step.waitFor();
      expect(await step.getAttribute('aria-label')).toContain('Command, app, step 2 of 2, done');
      await workbench.settled();
      await workbench.screenshot('builders-and-builds');
    });

    test('its steps lead to the lines of the file', async () => {
      const graph = await workbench.webview('[data-node]');
      await graph.getByRole('treeitem', { name: /wc -c/ }).first().focus();
      await workbench.page.keyboard.press('Enter');
      await workbench.tab('Dockerfile').waitFor();
      expect(await workbench.cursor()).toContain('Ln 6');
    });

    test('an image is looked into, layer by layer', async () => {
      await workbench.command('LLB Lens: Inspect Image…');
      const question = workbench.page.getByPlaceholder('An image such as');
      await question.fill('alpine');
      await question.press('Enter');
      await row('^Efficiency 100.0 %').waitFor({ timeout: 60_000 });
      await row('^Wasted space').waitFor();
      await row('^Duplicates').waitFor();
      await row('^All files').waitFor();
    });

    test('what a step changed is listed, and its files open', async () => {
      await workbench.openFile('Dockerfile');
      await workbench.command('LLB Lens: Run Build');
      const step = workbench.page.locator('.quick-input-list').getByText(/^COPY pages/);
      await eventually(
        'a build whose steps can be chosen',
        async () => {
          await workbench.command('LLB Lens: Show Files of Step…');
          const isThere = await step
            .waitFor({ timeout: 1_000 })
            .then(() => true)
            .catch(() => false);
          if (!isThere) await workbench.page.keyboard.press('Escape');
          return isThere;
        },
        60_000,
      );
      await step.click();
      const pages = row('^pages, added');
      await pages.waitFor({ timeout: 30_000 });
      await pages.click();
      await workbench.page.keyboard.press('ArrowRight');
      const file = row('^index.txt, added');
      await file.waitFor();
      await file.click();
      await workbench.tab('index.txt').waitFor();
      await workbench.hidePanel();
      await workbench.settled();
      await workbench.screenshot('layers');
    });
  },
);

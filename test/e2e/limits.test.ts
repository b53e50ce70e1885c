/**
 * Where something is missing: an older VS Code, no BuildKit, no trust. Editing and the graph work,
 * and what does not is said.
 */
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { absence, chromium, codeServer } from '../env/context';
import type { EditionName } from '../env/code-server-install';
import { eventually } from './eventually';
import { OTHER_HOVER, otherDockerExtension } from './other-docker-extension';
import { packedExtension } from './packed-extension';
import { removeScratch, Workbench } from './workbench';

const root = resolve(import.meta.dirname, '../..');
const browser = await chromium();
const editions: readonly EditionName[] = ['oldest', 'newest'];
const missing = browser === undefined || editions.some((name) => codeServer(name) === undefined);

if (missing) console.log(`e2e skipped: ${absence()}`);

describe.skipIf(missing)('where something is missing', () => {
  let scratch: string;
  let folder: string;
  let opened: { readonly name: string; readonly workbench: Workbench } | undefined;

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await opened?.workbench.artefact(task.name);
    await close(); // the next try begins in a window of its own
  });

  afterAll(close);

  async function close(): Promise<void> {
    if (opened === undefined) return;
    await opened.workbench.close();
    opened = undefined;
    removeScratch(scratch);
  }

  /** A window with no BuildKit anywhere: the one that is open, if it is of this edition and kind. */
  async function open(
    edition: EditionName,
    kind: 'trusted' | 'untrusted' | 'beside another extension',
  ): Promise<Workbench> {
    const name = `${edition}, ${kind}`;
    if (opened?.name === name) return opened.workbench;
    await close();
    const install = codeServer(edition);
    if (install === undefined || browser === undefined) throw new Error(absence());
    scratch = mkdtempSync(join(tmpdir(), 'llb-lens-e2e-'));
    folder = join(scratch, 'sample');
    cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
    const workbench = await Workbench.open({
      install,
      chromium: browser,
      vsix: [
        packedExtension(),
        ...(kind === 'beside another extension' ? [otherDockerExtension(scratch)] : []),
      ],
      scratch,
      folder,
      untrusted: kind === 'untrusted',
      env: {
        ...process.env,
        BUILDKIT_HOST: '',
        DOCKER_CONTEXT: '',
        DOCKER_HOST: `unix://${join(scratch, 'nothing.sock')}`,
        DOCKER_CONFIG: join(scratch, 'docker'),
        XDG_CACHE_HOME: join(scratch, 'cache'),
      },
    });
    opened = { name, workbench };
    return workbench;
  }

  /** The graph of the sample's Dockerfile. */
  async function showGraph(window: Workbench): Promise<Frame> {
    await window.openFile('Dockerfile');
    await window.command('LLB Lens: Show Build Graph');
    return window.webview('[data-node]', 60_000);
  }

  test.each(editions)(
    'without BuildKit the %s VS Code draws, and says what is missing',
    async (edition) => {
      const window = await open(edition, 'trusted');
      await window.openFile('Dockerfile');
      await window.page.locator('.squiggly-warning').first().waitFor({ timeout: 60_000 });
      await window.command('LLB Lens: Show Build Graph');
      const graph = await window.webview('[data-node]', 60_000);
      expect(await graph.locator('[data-node]').count()).toBeGreaterThan(10);
      await graph.getByText('No BuildKit can be reached').waitFor();
      await graph.getByText('nothing.sock').first().waitFor();
      expect(await graph.getByRole('button', { name: 'Build', exact: true }).isDisabled()).toBe(
        true,
      );
      await window.settled();
      await window.screenshot(`no-buildkit-${edition}`);

      await window.command('LLB Lens: Run Build');
      await window.page
        .locator('.monaco-dialog-box, .notifications-toasts')
        .getByText('nothing.sock')
        .first()
        .waitFor({ timeout: 60_000 });
      await window.page.keyboard.press('Escape');
    },
  );

  test('after a reload the graph comes back with the window', async () => {
    const window = await open('newest', 'trusted');
    const graph = await showGraph(window);
    const count = await graph.locator('[data-node]').count();
    await window.remembers('llbLens.graph');
    await window.page.reload();
    const again = await window.webview('[data-node]', 60_000);
    await eventually(
      'the same graph',
      async () => (await again.locator('[data-node]').count()) === count,
    );
  });

  test('without trust the graph is drawn and nothing is built', async () => {
    const window = await open('newest', 'untrusted');
    const graph = await showGraph(window);
    await graph.getByText('This workspace is not trusted').waitFor();
    expect(await graph.getByRole('button', { name: 'Build', exact: true }).isDisabled()).toBe(true);
    await window.settled();
    await window.screenshot('untrusted');

    await window.command('LLB Lens: Run Build');
    await window.page
      .locator('.monaco-dialog-box')
      .getByText('Building and debugging run the commands of the file')
      .waitFor();
  });

  test('beside another extension nothing is told twice, unless the setting asks for all', async () => {
    const window = await open('newest', 'beside another extension');
    await window.openFile('Dockerfile');
    // What only we have is there all the same, and tells that the language server is up.
    await window.page.locator('.squiggly-warning').first().waitFor({ timeout: 60_000 });
    await window.goToLine(6);
    await window.hover(OTHER_HOVER);
    await window.page.waitForTimeout(1_000); // what answers later is added to the hover
    expect(await window.hoverText()).not.toContain('Copies files');
    await window.page.keyboard.press('Escape');

    mkdirSync(join(folder, '.vscode'), { recursive: true });
    const settings = { 'llbLens.languageFeatures': 'all' };
    writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
    await eventually('both hovers', async () => {
      await window.hover(OTHER_HOVER);
      const text = await window.hoverText();
      await window.page.keyboard.press('Escape');
      return text.includes('Copies files') && text.includes(OTHER_HOVER);
    });
  });
});

/**
 * Where something is missing: an older VS Code, no BuildKit, no trust. Editing and the graph work,
 * and what does not is said.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { absence, chromium, codeServer } from '../env/context';
import type { EditionName } from '../env/code-server-install';
import { packedExtension } from './packed-extension';
import { eventually, Workbench } from './workbench';

const root = resolve(import.meta.dirname, '../..');
const browser = await chromium();
const editions: readonly EditionName[] = ['oldest', 'newest'];
const missing = browser === undefined || editions.some((name) => codeServer(name) === undefined);

if (missing) console.log(`e2e skipped: ${absence()}`);

describe.skipIf(missing)('where something is missing', () => {
  let scratch: string;
  let folder: string;
  let workbench: Workbench | undefined;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'llb-lens-e2e-'));
    folder = join(scratch, 'sample');
    cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench?.artefact(task.name);
    await workbench?.close();
    workbench = undefined;
    rmSync(scratch, { recursive: true, force: true });
  });

  /** A window with no BuildKit anywhere. */
  async function open(
    edition: EditionName,
    untrusted: boolean,
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Workbench> {
    const install = codeServer(edition);
    if (install === undefined || browser === undefined) throw new Error(absence());
    workbench = await Workbench.open({
      install,
      chromium: browser,
      vsix: packedExtension(),
      scratch,
      folder,
      untrusted,
      settings,
      env: {
        ...process.env,
        BUILDKIT_HOST: '',
        DOCKER_CONTEXT: '',
        DOCKER_HOST: `unix://${join(scratch, 'nothing.sock')}`,
        DOCKER_CONFIG: join(scratch, 'docker'),
        XDG_CACHE_HOME: join(scratch, 'cache'),
      },
    });
    return workbench;
  }

  test.each(editions)(
    'without BuildKit the %s VS Code draws, and says what is missing',
    async (edition) => {
      const window = await open(edition, false);
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
    },
  );

  test('without trust the graph is drawn and nothing is built', async () => {
    const window = await open('newest', true);
    await window.openFile('Dockerfile');
    await window.command('LLB Lens: Show Build Graph');
    const graph = await window.webview('[data-node]', 60_000);
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

  test.each([
    ['Default Dark Modern', 'vscode-dark'],
    ['Default High Contrast', 'vscode-high-contrast'],
  ])('in the theme %s the graph wears its colours', async (theme, bodyClass) => {
    const window = await open('newest', false, { 'workbench.colorTheme': theme });
    await window.openFile('Dockerfile');
    await window.command('LLB Lens: Show Build Graph');
    const graph = await window.webview('[data-node]', 60_000);
    expect(await graph.locator('body').getAttribute('class')).toContain(bodyClass);
    await graph.locator('[data-node]').nth(2).click();
    await window.settled();
    await window.screenshot(bodyClass);
  });

  test('after a reload the graph comes back with the window', async () => {
    const window = await open('newest', false);
    await window.openFile('Dockerfile');
    await window.command('LLB Lens: Show Build Graph');
    const graph = await window.webview('[data-node]', 60_000);
    const count = await graph.locator('[data-node]').count();
    await window.settled();
    await window.page.reload();
    const again = await window.webview('[data-node]', 60_000);
    await eventually(
      'the same graph',
      async () => (await again.locator('[data-node]').count()) === count,
    );
  });
});

/**
 * The main job, done by hand in a real VS Code against a real BuildKit: edit a Dockerfile, see its
 * graph, build it, look into its layers, land in a shell inside the failing step. The same for a
 * derivation. One window; each test goes on where the one before it ended.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { absence, buildkits, chromium, codeServer, environmentFor } from '../env/context';
import { eventually, Workbench } from './workbench';

const root = resolve(import.meta.dirname, '../..');
const install = codeServer();
const browser = await chromium();
const buildkit = buildkits()[0];

if (install === undefined || browser === undefined || buildkit === undefined) {
  console.log(`e2e skipped: ${absence()}`);
}

describe.skipIf(install === undefined || browser === undefined || buildkit === undefined)(
  'the main job',
  () => {
    let scratch: string;
    let folder: string;
    let workbench: Workbench;
    let graph: Frame;

    beforeAll(async () => {
      if (install === undefined || browser === undefined || buildkit === undefined) return;
      scratch = mkdtempSync(join(tmpdir(), 'llb-lens-e2e-'));
      folder = join(scratch, 'sample');
      cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
      cpSync(join(root, 'test/fixtures/derivations'), join(folder, 'derivations'), {
        recursive: true,
      });
      changePage();
      workbench = await Workbench.open({
        install,
        chromium: browser,
        vsix: packedExtension(),
        scratch,
        folder,
        env: { ...environmentFor(buildkit), XDG_CACHE_HOME: join(scratch, 'cache') },
      });
    });

    afterAll(async () => {
      await workbench.close();
      rmSync(scratch, { recursive: true, force: true });
    });

    /** Other bytes in the context: what comes from them runs, what does not stays cached. */
    function changePage(): void {
      writeFileSync(join(folder, 'pages/index.txt'), `High water at ${process.hrtime.bigint()}\n`);
    }

    const nodes = () => graph.locator('[data-node]');
    const node = (name: string) =>
      graph.locator(`[data-node][aria-label*=${JSON.stringify(name)}]`);

    test('a lint warning is underlined where it is', async () => {
      await workbench.openFile('Dockerfile');
      const squiggle = workbench.page.locator('.squiggly-warning').first();
      await squiggle.waitFor({ timeout: 30_000 });
      await workbench.command('View: Focus Problems');
      const problem = workbench.page.locator('.markers-panel').getByText(/FromAsCasing/);
      await problem.first().waitFor();
      await workbench.screenshot('1-diagnostic');
      await workbench.command('View: Hide Panel');
    });

    test('the graph has a node for every step that the compiler finds', async () => {
      await workbench.command('LLB Lens: Show Build Graph');
      graph = await workbench.webview('[data-node]');
      await eventually('all nodes', async () => (await nodes().count()) === stepCount(folder));
      await workbench.page.waitForTimeout(500);
      await workbench.screenshot('2-graph');
    });

    test('typing a RUN adds a node, and the page stays as it is', async () => {
      const before = await nodes().count();
      await graph.evaluate('document.body.dataset.mark = "same page"');
      await workbench.goToLine(19);
      await workbench.page.keyboard.press('End');
      await workbench.page.keyboard.type('\nRUN wc -c site.css');
      await eventually('one more node', async () => (await nodes().count()) === before + 1);
      await node('wc -c site.css').waitFor();
      expect(await graph.evaluate('document.body.dataset.mark')).toBe('same page');
      await workbench.page.waitForTimeout(300);
      await workbench.screenshot('3-typed-run');
      await workbench.command('File: Save');
    });

    test('a build marks what ran and what was cached', async () => {
      await build();
      changePage();
      await build();
      const states = await Promise.all(
        (await nodes().all()).map(async (one) => stateIn((await one.getAttribute('class')) ?? '')),
      );
      expect(new Set(states)).toEqual(new Set(['cached', 'done']));
      expect(await node('squeeze').first().getAttribute('class')).toContain('state-cached');
      expect(await node('render').first().getAttribute('class')).toContain('state-done');
      await workbench.screenshot('4-built');
    });

    test('a click on a node selects its lines', async () => {
      await node('render').first().click();
      await eventually('the selection', async () => (await workbench.cursor()).startsWith('Ln 12'));
      await workbench.screenshot('5-node-to-source');
    });

    test('the layer of a clicked node lists its files, and a file opens read-only', async () => {
      await graph.getByRole('tab', { name: 'Files' }).click();
      await graph.locator('[data-path="/site"]').click();
      await graph.locator('[data-path="/site/public"]').click();
      await graph.locator('[data-path="/site/public/index.html"]').waitFor();
      await workbench.screenshot('6-layer');
      await graph.locator('[data-path="/site/public/index.html"]').click();
      await workbench.tab('index.html').waitFor();
      await eventually('the text of the file', async () =>
        (await workbench.page.locator('.editor-instance .view-lines').allInnerTexts())
          .join('\n')
          .includes('High'),
      );
      await workbench.screenshot('6-layer-file');
    });

    test('a failing step stops the debugger on its line, with a shell inside it', async () => {
      await workbench.command('View: Close All Editors');
      await workbench.openFile('Dockerfile.failing');
      await workbench.command('LLB Lens: Show Build Graph');
      await workbench.command('LLB Lens: Debug Build');
      await workbench.page
        .locator('.debug-top-stack-frame-line')
        .first()
        .waitFor({ timeout: 60_000 });
      await eventually('the failing line', async () =>
        (
          await workbench.page
            .locator('.debug-stack-frames .stack-frame.focused, .stack-frame')
            .first()
            .innerText()
        ).includes('13'),
      );
      await workbench.command('LLB Lens: Open Shell in This Step');
      await eventually('a prompt', async () => /[$#] ?$/.test(await workbench.terminal()), 60_000);
      await workbench.typeInTerminal('pwd; echo "$SEASON $HARBOUR"; id -un; cat forecast.txt');
      await eventually('the answers', async () => {
        const text = await workbench.terminal();
        return (
          text.includes('/work/tides\n') &&
          text.includes('spring North Quay\n') &&
          text.includes('half a forecast for North Quay')
        );
      });
      await workbench.screenshot('7-failing-step-shell');
      await workbench.typeInTerminal('exit');
      await workbench.command('Debug: Stop');
      await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    });

    test('a derivation is drawn, and a failing one gives a shell', async () => {
      await workbench.command('View: Close All Editors');
      await workbench.openFile('derivations/failing.drv');
      await workbench.command('LLB Lens: Show Build Graph');
      graph = await workbench.webview('[data-node]');
      await workbench.screenshot('8-derivation-graph');
    });

    /** Builds the Dockerfile and waits until the graph says that it is built. */
    async function build(): Promise<void> {
      await workbench.tab('Dockerfile').first().click();
      await workbench.command('LLB Lens: Run Build');
      await eventually(
        'the build',
        async () => (await graph.locator('.chip.state').getAttribute('data-state')) === 'running',
      );
      await eventually(
        'its end',
        async () => (await graph.locator('.chip.state').getAttribute('data-state')) === 'succeeded',
        120_000,
      );
    }
  },
);

/** How many ops the sample has, by our own command line. */
function stepCount(folder: string): number {
  const output = execFileSync(
    process.execPath,
    [join(root, 'dist/cli.js'), 'llb', join(folder, 'Dockerfile'), '--format', 'json'],
    { encoding: 'utf8' },
  );
  const value: unknown = JSON.parse(output);
  return (JSON.stringify(value).match(/"digest":"sha256:[0-9a-f]{64}","op"/g) ?? []).length;
}

/** The state that a node shows, from its CSS classes. */
const stateIn = (classes: string): string => /state-(\S+)/.exec(classes)?.[1] ?? '';

/** What `npm run package` has made. */
function packedExtension(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : '';
  const vsix = join(root, `llb-lens-${version}.vsix`);
  if (!existsSync(vsix)) throw new Error(`${vsix} is not there: run npm run package`);
  return vsix;
}

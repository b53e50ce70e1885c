/**
 * The main job, done by hand in a real VS Code against a real BuildKit: edit a Dockerfile, see its
 * graph, build it, look into its layers, land in a shell inside the failing step. The same for a
 * derivation. One window; each test goes on where the one before it ended, and opens what it needs
 * where that has failed.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { absence, buildkits, chromium, codeServer, environmentFor } from '../env/context';
import { eventually } from './eventually';
import { largeDefinition, twelveStages } from './made-up-builds';
import { nixDocuments, writeInstallables } from './nix-documents';
import { packedExtension } from './packed-extension';
import { squarePng } from './png';
import { allowSecondTries } from './second-try';
import { stepCount } from './step-count';
import { escape, removeScratch, Workbench } from './workbench';

/** The side of a picture in the context, in pixels. */
const PICTURE = 48;

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
      cpSync(join(root, 'test/fixtures/derivation'), join(folder, 'derivation'), {
        recursive: true,
      });
      writeInstallables(folder);
      writeFileSync(
        join(folder, 'docker-bake.hcl'),
        'target "pages" {\n  target = "pages"\n  args = { BASE = "alpine:3.21" }\n}\n',
      );
      writeFileSync(join(folder, 'pages/mark.png'), squarePng(PICTURE, [38, 110, 246]));
      // What is made later, the list of files to open may not find.
      writeFileSync(join(folder, 'shop.Dockerfile'), twelveStages(''));
      changePage();
      workbench = await Workbench.open({
        install,
        chromium: browser,
        vsix: [packedExtension()],
        scratch,
        folder,
        env: environment(),
        settings: { 'llbLens.inlayHints.invalidations': true },
      });
    });

    allowSecondTries(() => ({ workbench, folders: [folder] }));

    afterAll(async () => {
      await workbench.close();
      removeScratch(scratch);
    });

    /** The BuildKit of the tests, and caches that hold nothing yet. */
    function environment(): NodeJS.ProcessEnv {
      return {
        ...(buildkit === undefined ? {} : environmentFor(buildkit)),
        XDG_CACHE_HOME: join(scratch, 'cache'),
      };
    }

    /** Other bytes in the context: what comes from them runs, what does not stays cached. */
    function changePage(): void {
      writeFileSync(join(folder, 'pages/index.txt'), `High water at ${process.hrtime.bigint()}\n`);
    }

    const nodes = () => graph.locator('[data-node]');
    const node = (name: string) =>
      nodes()
        .filter({ has: graph.getByRole('treeitem', { name: new RegExp(escape(name)) }) })
        .first();
    const buildState = () => graph.locator('.build-state').getAttribute('data-state');

    /** Shows a file, with its graph beside it; both are open unless a test before has failed. */
    async function begin(file = 'Dockerfile'): Promise<void> {
      if ((await workbench.tab(`Graph: ${file}`).count()) === 0) {
        await workbench.openFile(file);
        await showGraph();
      }
      // Where the graph has the focus, what is opened from a list would cover it.
      await workbench.fileTab(file).first().click();
    }

    /** Opens the graph of the file at hand and waits until it is drawn. */
    async function showGraph(): Promise<void> {
      await workbench.command('LLB Lens: Show Build Graph');
      graph = await workbench.webview('[data-node]', 60_000);
    }

    test('a lint warning is underlined where it is', async () => {
      await workbench.openFile('Dockerfile');
      await workbench.page.locator('.squiggly-warning').first().waitFor({ timeout: 60_000 });
      await workbench.command('Problems: Focus on Problems View');
      const problem = workbench.page.locator('.markers-panel').getByText('FromAsCasing');
      await problem.first().waitFor();
      await workbench.screenshot('1-diagnostic');
      await workbench.hidePanel();
    });

    test('the graph has a node for every step that the compiler finds', async () => {
      await workbench.openFile('Dockerfile');
      await showGraph();
      const expected = stepCount(folder, environment());
      await eventually('all nodes', async () => (await nodes().count()) === expected);
      expect(expected).toBeGreaterThan(10);
      await workbench.settled();
      await workbench.screenshots('2-graph', 'always');
    });

    test('typing a RUN adds a node, and the page stays as it is', async () => {
      await begin();
      const before = await nodes().count();
      await graph.evaluate('document.body.dataset.mark = "same page"');
      await workbench.goToLine(24);
      await workbench.page.keyboard.press('End');
      await workbench.page.keyboard.type('\nRUN wc -c report.txt');
      await node('wc -c report.txt').waitFor();
      await eventually('one more node', async () => (await nodes().count()) === before + 1);
      expect(await graph.evaluate('document.body.dataset.mark')).toBe('same page');
      await workbench.settled();
      await workbench.screenshot('3-typed-run');
      await workbench.page.keyboard.press('ControlOrMeta+KeyS');
      await workbench.page.locator('.tab.dirty').waitFor({ state: 'detached' });
    });

    test('a build marks what ran and what was cached', async () => {
      await begin();
      await build();
      changePage();
      await build();
      const states = await Promise.all(
        (await nodes().all()).map(async (one) => stateIn((await one.getAttribute('class')) ?? '')),
      );
      expect(new Set(states)).toEqual(new Set(['cached', 'done']));
      expect(await node('cat styles').getAttribute('class')).toContain('state-cached');
      expect(await node('mkdir public').getAttribute('class')).toContain('state-done');
      await workbench.hidePanel();
      await workbench.settled();
      await workbench.screenshot('4-built');
    });

    test('the text says how its steps went, what an edit runs again, and what its base is', async () => {
      await begin();
      await workbench.goToLine(12);
      // The hints of the build stand behind the commands, as the text does.
      const line = (start: string) =>
        workbench.page.locator('.editor-instance .view-line').filter({ hasText: start });
      const said = async (start: string) =>
        (await line(start).first().innerText()).replaceAll('\u00a0', ' ');
      await eventually('the hints of steps', async () =>
        /done *\d+\.\d s/.test(await said('done')),
      );
      await eventually('the hint of an edit', async () =>
        /invalidates \d steps/.test(await said('COPY pages/')),
      );
      await eventually('the hint of the base', async () =>
        /alpine:3\.20 *sha256:[0-9a-f]{12}, \d+ \w+ *as tools/.test(await said('FROM ${BASE}')),
      );
      await workbench.hover(/In the last build, .*, it ran for \d+\.\d s/);
      await workbench.screenshot('17-hints');
      await workbench.page.keyboard.press('Escape');
    });

    test('the graph says why steps of the last build ran, when, and that the next one needs none', async () => {
      await begin();
      await graph.getByRole('button', { name: 'Next build: all cached' }).waitFor(minute);
      await graph.getByRole('button', { name: 'What differs from the build before' }).click();
      const comparison = graph.getByRole('region', { name: 'Comparison' });
      await comparison.getByText('The file pages/index.txt has changed.').waitFor();
      expect(await node('mkdir public').getAttribute('class')).not.toContain('dimmed');
      expect(await node('cat styles').getAttribute('class')).toContain('dimmed');
      await workbench.settled();
      await workbench.screenshots('13-compare');
      await comparison.getByRole('button', { name: 'Compare Other Builds…' }).click();
      for (const question of ['Compare which build?', 'With which build,']) {
        await workbench.page.locator('.quick-input-title', { hasText: question }).waitFor();
        await workbench.pick('succeeded');
      }
      await comparison.getByText('The file pages/index.txt has changed.').waitFor();
      await comparison.getByRole('button', { name: 'Compare Other Builds…' }).click();
      await workbench.page.locator('.quick-input-title', { hasText: 'which build?' }).waitFor();
      await workbench.pick('The file as it is in the editor');
      await workbench.page.locator('.quick-input-title', { hasText: 'as it is in' }).waitFor();
      await workbench.pick('succeeded');
      await comparison.getByText('No step differs.').waitFor();
      await comparison.getByText('as it is in the editor, against').waitFor();
      await comparison.getByRole('button', { name: 'Close' }).click();

      await graph.getByRole('button', { name: 'Timeline' }).click();
      await graph.locator('[data-bar]').first().waitFor();
      await workbench.screenshots('14-timeline');
      await graph.getByRole('button', { name: 'Close the timeline' }).click();
    });

    test('a file that is edited says beforehand what saving it runs again', async () => {
      await begin(); // the file opens beside the graph, not over it
      await workbench.openFile('pages/index.txt');
      await line('High water').click();
      await workbench.page.keyboard.press('Home');
      await workbench.page.keyboard.type('Edited. ');
      const hint = workbench.page.locator('[id$="llbLens.saving"]');
      await hint.getByText(/Saving index.txt runs \d+ steps again/).waitFor(minute);
      await graph.getByRole('button', { name: /Saving index.txt runs \d+ steps again/ }).click();
      await graph.getByText(/^(–|\d+) of \d+$/).waitFor();
      expect(await node('mkdir public').getAttribute('class')).not.toContain('dimmed');
      expect(await node('cat styles').getAttribute('class')).toContain('dimmed');
      await workbench.settled();
      await workbench.screenshots('16-saving');
      await graph.getByRole('button', { name: 'Close the search' }).click();
      await workbench.tab('index.txt').click();
      await workbench.command('File: Revert File');
      await hint.getByText('Saving').waitFor({ state: 'hidden' });
    });

    test('what another program writes, and what a terminal builds, is foretold too', async () => {
      await begin();
      changePage();
      await graph.getByRole('button', { name: /^Next build: \d+ steps run/ }).waitFor(minute);
      buildInTerminal();
      await graph.getByRole('button', { name: 'Next build: all cached' }).waitFor(minute);
    });

    test('a click on a node selects its lines', async () => {
      await begin();
      await select('mkdir public');
      await eventually('the selection of lines 12 to 15', async () => {
        const line = workbench.page.locator('.active-line-number').first();
        return (await line.innerText()) === '15' && (await workbench.selectedLines()) === 4;
      });
      await workbench.settled();
      await workbench.screenshot('5-node-to-source');
      await graph.getByText('Operation as JSON').click();
      await graph.locator('.op-text').getByText('"exec"').waitFor();
    });

    test('the log of a step is there after the build', async () => {
      await begin();
      await select('wc -c report.txt');
      await graph.getByRole('tab', { name: 'Log' }).click();
      await graph.locator('.panel-log').getByText('report.txt').first().waitFor();
      await workbench.screenshot('6-log');
    });

    test('the layer of a clicked node lists its files, and a file opens read-only', async () => {
      await begin();
      await select('mkdir public');
      await graph.getByRole('tab', { name: 'Files' }).click();
      for (const path of ['/site', '/site/public', '/site/public/index.html']) {
        await graph.locator(`[data-path="${path}"]`).click();
      }
      await workbench.tab('index.html').waitFor();
      await eventually('the text of the file', async () =>
        (await workbench.editorText()).includes('High water at'),
      );
      await workbench.screenshot('7-layer-file');

      // What is no text is treated as VS Code treats such a file of the disk.
      await graph.locator('[data-path="/bin"]').click();
      await graph.locator('[data-path="/bin/busybox"]').click();
      await workbench.tab('busybox').waitFor();
      await workbench.page
        .locator('.monaco-editor-pane-placeholder', { hasText: 'either binary or uses' })
        .waitFor();
      await graph.locator('[data-path="/site/pages"]').click();
      await graph.locator('[data-path="/site/pages/mark.png"]').click();
      await workbench.tab('mark.png').waitFor();
      const preview = await workbench.webview('img[src*="mark.png"]', 60_000);
      await eventually(
        'the picture',
        async () => (await preview.evaluate('document.images[0]?.naturalWidth')) === PICTURE,
      );
      await workbench.screenshot('7-layer-picture');
      expect(await workbench.errors()).toEqual([]);
    });

    test('a definition of 5,000 steps that is dropped onto a graph opens at its result', async () => {
      await begin();
      writeFileSync(join(folder, 'large.pb'), largeDefinition(5000));
      await workbench.dropOn(graph, `file://${join(folder, 'large.pb')}`);
      await workbench.tab('large.pb').waitFor(minute);
      const large = await workbench.webview('[aria-label*="more steps"]', 60_000);
      await large.getByRole('treeitem', { name: /make 4999/ }).waitFor();
      await workbench.settled();
      await workbench.screenshots('17-closure');

      const derivation = join(folder, 'derivation', brokenDerivation());
      await workbench.dropOn(large, `file://${derivation}`);
      await workbench.tab('Graph: broken').waitFor(minute);
      graph = await workbench.webview('[role=treeitem][aria-label*="build broken"]', 60_000);
      await workbench.dropOn(graph, `file://${join(folder, 'docker-bake.hcl')}`);
      // Its only target is chosen then, whose base is another one than that of the last build.
      await workbench.page.locator('.tab.active', { hasText: 'Graph: Dockerfile' }).waitFor(minute);
      await workbench.webview('[role=treeitem][aria-label*="alpine:3.21"]', 60_000);
    });

    test('a build of twelve stages is followed as it runs, up to the step that fails', async () => {
      const gate = `gate-${process.hrtime.bigint()}`;
      writeFileSync(join(folder, 'shop.Dockerfile'), twelveStages(gate));
      await workbench.command('View: Close All Editors');
      await workbench.openFile('shop.Dockerfile');
      await showGraph();
      await node('tar -cf').waitFor();
      expect(await graph.locator('.group-box').count()).toBe(12);
      await workbench.settled();
      await workbench.screenshots('21-twelve-stages');

      await graph.getByRole('button', { name: 'Build', exact: true }).click();
      const inState = (name: string, state: string) =>
        eventually(
          `${name}: ${state}`,
          async () => ((await node(name).getAttribute('class')) ?? '').includes(`state-${state}`),
          120_000,
        );
      await inState('until', 'running');
      for (const name of ['gzip', 'md5sum', 'cat styles', 'cat scripts', 'grep -c'])
        await inState(name, 'done');
      await workbench.hidePanel();
      await graph.getByRole('button', { name: 'Fit' }).click();
      await workbench.settled();
      await workbench.screenshots('22-half-way');

      openGate(gate);
      await inState('no licence', 'failed');
      await eventually(
        'the end of the build',
        async () => (await buildState()) === 'failed',
        60_000,
      );
      await select('no licence');
      await graph.getByText('no licence found').first().waitFor();
      await graph.getByText('It failed the time before').first().waitFor(minute);
      await workbench.hidePanel();
      await workbench.settled();
      await workbench.screenshots('23-failed');

      await workbench.command('Problems: Focus on Problems View');
      const problem = workbench.page.locator('.markers-panel').getByText('Last build');
      await problem.first().waitFor(minute);
      await workbench.hidePanel();
    });

    test('debugging to a line stops there, with values beside it and a shell at any node', async () => {
      await workbench.command('View: Close All Editors');
      await workbench.openFile('Dockerfile.failing');
      await showGraph();
      await workbench.tab('Dockerfile.failing').first().click();
      await workbench.goToLine(12);

      await workbench.command('LLB Lens: Debug to Here');
      await workbench.page.locator('.debug-top-stack-frame-line').first().waitFor(minute);
      expect(await workbench.cursor()).toMatch(/^Ln 1[2-4],/);
      await eventually('the value beside the line', async () =>
        (await workbench.editorText()).includes('$HARBOUR = North Quay'),
      );
      await select('chown -R');
      await graph.getByRole('button', { name: 'Open Shell Here' }).click();
      await shellPrompt();
      await workbench.typeInTerminal('ls -ld "$PWD"; echo "$HARBOUR"');
      await eventually('the answers of the shell', async () => {
        const text = await workbench.terminal();
        return /app +app .*\/work\/tides$/m.test(text) && /^North Quay$/m.test(text);
      });
      expect(await workbench.terminal()).not.toContain('ELECTRON_RUN_AS_NODE');
      await workbench.screenshot('12-shell-at-a-node');
      await leaveSession();
    });

    test('a breakpoint on a node stops there, and steps take the mark in the graph along', async () => {
      await workbench.command('View: Close All Editors');
      await workbench.openFile('Dockerfile.failing');
      await showGraph();
      await select('chown -R');
      await graph.getByRole('button', { name: 'Toggle Breakpoint' }).click();
      await workbench.tab('Dockerfile.failing').first().click();
      await workbench.page.keyboard.press('F5');
      await stopsAt(6);
      await eventually('the mark at the step', () => isMarked('chown -R', 'base'));

      await workbench.page.keyboard.press('F10');
      await stopsAt(8);
      await workbench.page.keyboard.press('F10');
      await stopsAt(9);
      await workbench.openVariables('Environment', 'North Quay');
      await eventually('the mark at the next step', () => isMarked('COPY', 'forecast'));
      await workbench.screenshot('15-stepping');

      await select('chown -R');
      await graph.getByRole('button', { name: 'Toggle Breakpoint' }).click();
      await workbench.page
        .locator('.glyph-margin-widgets .codicon-debug-breakpoint')
        .waitFor({ state: 'detached' });
    });

    test('a box in the list of breakpoints stops at what comes from the cache', async () => {
      await workbench.command('View: Show Run and Debug');
      await begin('Dockerfile.failing');
      const box = workbench.page
        .locator('.debug-breakpoints .monaco-list-row')
        .filter({ hasText: 'Cache hits' })
        .getByRole('checkbox');
      await box.check();
      await workbench.page.keyboard.press('F5');
      await workbench.page
        .locator('.exception-widget')
        .getByText('came from the cache')
        .waitFor(minute);
      await box.uncheck();
    });

    test('a failing step stops the debugger on its line, with a shell inside it', async () => {
      await debugToFailure();
      await eventually('the failing line', async () =>
        (await workbench.cursor()).startsWith('Ln 12,'),
      );
      await workbench.settled();
      await workbench.screenshot('8-failing-step');

      await workbench.command('LLB Lens: Open Shell in This Step');
      await shellPrompt();
      await workbench.typeInTerminal('pwd; echo "$SEASON, $HARBOUR"; id -un; cat forecast.txt');
      await eventually('the answers of the shell', async () => {
        const lines = (await workbench.terminal()).split('\n');
        return ['/work/tides', 'spring, North Quay', 'app', 'half a forecast for North Quay'].every(
          (line) => lines.includes(line),
        );
      });
      await workbench.screenshot('9-shell-in-failing-step');
    });

    test('the debugger jumps to the cursor, and goes on with what is typed there', async () => {
      if (!(await workbench.page.locator('.debug-toolbar').isVisible())) await debugToFailure();
      await line('wc -l').click();
      await workbench.command('Debug: Jump to Cursor');
      await stopsOn('wc -l');
      await eventually('the mark at the step', () => isMarked('wc -l', 'forecast'));

      // Nothing is saved: what is typed is what is built.
      await line('exit 7').click();
      await workbench.page.keyboard.press('End');
      await workbench.page.keyboard.press('Backspace');
      await workbench.page.keyboard.type('0');
      await eventually('the node of the step as it is now', async () => {
        const name = await node('half a forecast').getAttribute('class');
        return name !== null && !name.includes('state-failed');
      });
      // An edit changes a step; nothing has come that was not there.
      expect(await graph.locator('.new-mark').count()).toBe(0);
      await workbench.screenshot('18-edited');
      await workbench.page.keyboard.press('F5');
      await eventually('the end of the build', async () => (await buildState()) === 'succeeded');
      await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
      await workbench.command('File: Revert File');
    });

    test('a shell whose session is over is closed by Enter, and what is typed into it goes nowhere', async () => {
      const shown = workbench.page.locator('.terminal-wrapper.active');
      if ((await shown.count()) === 0) {
        await debugToFailure();
        await workbench.command('LLB Lens: Open Shell in This Step');
        await shellPrompt();
        await stopDebugging();
      }
      await workbench.command('Terminal: Focus Terminal');
      await shown.getByText('Press Enter to close the terminal.').waitFor();
      await workbench.typeInTerminal('exit');
      await shown.waitFor({ state: 'detached' });
      expect(await workbench.page.locator('.tab.dirty').count()).toBe(0);
    });

    test('lenses above a stage debug it, open a shell in it and run it', async () => {
      await begin('Dockerfile.failing');
      const lens = (name: string) =>
        workbench.page.locator('.codelens-decoration a').filter({ hasText: name });
      await lens('Debug').first().click();
      await stopsOn('FROM alpine:3.20');
      await workbench.screenshot('19-lens');
      await stopDebugging();
      await lens('Shell').first().click();
      await shellPrompt();
      await workbench.typeInTerminal('pwd; ls -ld .');
      await eventually('the answers of the shell', async () =>
        /^\/work\/tides\n.*app +app /m.test(await workbench.terminal()),
      );
      await leaveSession();
      await lens('Run').first().click();
      await eventually('the end of the build', async () => (await buildState()) === 'succeeded');
      await workbench.openFile('docker-bake.hcl');
      // Stages have no lens of this name, so it is the target's that stands there then.
      await lens('Graph').waitFor();
      await lens('Debug').click();
      await stopsOn('ARG BASE=alpine:3.20');
      // What the target says, not the file.
      await line('$BASE = alpine:3.21').waitFor();
      const ofTarget = await workbench.webview('.build-state[data-state=stopped]');
      await ofTarget
        .getByRole('treeitem', { name: /alpine:3\.21/ })
        .first()
        .waitFor();
      await workbench.screenshot('20-lens-bake');
      await stopDebugging();
    });

    test('a derivation is drawn, and a failing one gives a shell', async () => {
      await workbench.command('View: Close All Editors');
      await workbench.openFile(`derivation/${brokenDerivation()}`);
      await showGraph();
      await node('build broken').waitFor();
      await workbench.settled();
      await workbench.screenshot('10-derivation-graph');

      await workbench.command('LLB Lens: Debug Build');
      await workbench.page
        .locator('.exception-widget')
        .getByText('builder failed with exit code 3')
        .waitFor(minute);
      await eventually('the failed node', async () =>
        ((await node('build broken').getAttribute('class')) ?? '').includes('state-failed'),
      );
      await workbench.command('LLB Lens: Open Shell in This Step');
      await shellPrompt();
      await workbench.typeInTerminal('pwd; cat notes.txt');
      await eventually('the answers of the shell', async () => {
        const lines = (await workbench.terminal()).split('\n');
        return lines.includes('/build') && lines.some((line) => line.startsWith('first line: '));
      });
      await workbench.screenshot('11-shell-in-failed-derivation');
      await leaveSession();
    });

    nixDocuments(() => ({ workbench, folder }));

    // The driver of the tests keeps every message out of sight, so all else passes in spite of one.
    test('in all of that the editor had no error to tell of', async () => {
      expect(await workbench.errors()).toEqual([]);
    });

    /** Clicks on a node, with the whole graph in sight so that nothing lies over it. */
    async function select(name: string): Promise<void> {
      const close = graph.getByRole('button', { name: 'Close' });
      if (await close.isVisible()) await close.click();
      await graph.getByRole('button', { name: 'Fit' }).click();
      await node(name).click();
    }

    /** Builds the Dockerfile and waits until the graph says that it is built. */
    async function build(): Promise<void> {
      // What comes from the cache may be built before anybody looks: the page notes what it says.
      await graph.evaluate(`(() => {
        const said = window.said = [];
        const state = document.querySelector('.build-state');
        new MutationObserver(() => said.push(state.dataset.state)).observe(state, { attributes: true });
      })()`);
      await graph.getByRole('button', { name: 'Build', exact: true }).click();
      await eventually(
        'the end of the build',
        async () => /running.*succeeded$/.test(await graph.evaluate<string>('said.join()')),
        120_000,
      );
    }

    /** Debugs the Dockerfile that fails up to the step that does. */
    async function debugToFailure(): Promise<void> {
      await begin('Dockerfile.failing');
      await workbench.page.keyboard.press('F5');
      await workbench.page.locator('.exception-widget').getByText('exit code: 7').waitFor(minute);
    }

    /** Lets a step of {@link twelveStages} go on. */
    function openGate(gate: string): void {
      const file = join(scratch, 'gate.Dockerfile');
      writeFileSync(
        file,
        `FROM alpine:3.20\nRUN --mount=type=cache,target=/gate touch /gate/${gate}\n`,
      );
      buildInTerminal('--file', file);
    }

    /** Builds the folder with our command line. */
    function buildInTerminal(...flags: readonly string[]): void {
      const program = join(root, 'dist/cli.js');
      execFileSync(process.execPath, [program, 'build', ...flags, folder], {
        env: { ...process.env, ...environment() },
        stdio: 'pipe',
      });
    }

    /** Waits for the prompt of the shell in the step, which is not that of the machine. */
    async function shellPrompt(): Promise<void> {
      await eventually(
        'the prompt',
        async () => /^\/\S* [$#]$/m.test(await workbench.terminal()),
        60_000,
      );
    }

    /** Waits until the debugger stands on a line, whatever the editor showed before. */
    async function stopsAt(line: number): Promise<void> {
      await workbench.page.locator('.debug-top-stack-frame-line').first().waitFor(minute);
      await eventually(`a stop at line ${line}`, async () =>
        (await workbench.cursor()).startsWith(`Ln ${line},`),
      );
    }

    /** A line of the editor that has this text. */
    const line = (text: string) =>
      workbench.page
        .locator('.editor-instance .view-line')
        .filter({ hasText: spaced(text) })
        .first();
    /** Waits until the debugger shows that it stands on a line, which moves the cursor there first. */
    async function stopsOn(text: string): Promise<void> {
      const mark = workbench.page.locator('.debug-top-stack-frame-line').first();
      await mark.waitFor(minute);
      await eventually(`a stop at ${text}`, async () => {
        const [marked, shown] = await Promise.all([mark.boundingBox(), line(text).boundingBox()]);
        return marked !== null && shown !== null && Math.abs(marked.y - shown.y) < 5;
      });
    }

    /** Whether a node bears the debugger's arrow, and says whose it is. */
    async function isMarked(name: string, thread: string): Promise<boolean> {
      const label = node(name).getByRole('treeitem', { name: `debugger: ${thread}` });
      return (await node(name).locator('.stop-mark').count()) === 1 && (await label.count()) === 1;
    }

    async function stopDebugging(): Promise<void> {
      await workbench.command('Debug: Stop');
      await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    }

    async function leaveSession(): Promise<void> {
      await stopDebugging();
      await workbench.command('Terminal: Kill the Active Terminal Instance');
      await workbench.hidePanel();
    }

    function brokenDerivation(): string {
      const name = readdirSync(join(folder, 'derivation')).find((one) =>
        one.endsWith('-broken.drv'),
      );
      if (name === undefined) throw new Error('the fixture has no broken derivation');
      return name;
    }
  },
);

const minute = { timeout: 60_000 };

/** A text as an editor draws it, whose blanks may be others. */
const spaced = (text: string): RegExp => new RegExp(text.split(' ').map(escape).join('[ \\u00a0]'));

/** The state that a node shows, from its CSS classes. */
const stateIn = (classes: string): string => /state-(\S+)/.exec(classes)?.[1] ?? '';

/**
 * The views *Builders* and *Builds* in a real VS Code, on a daemon of this test's own: it knows no
 * other builds, and may be emptied. Builds are started by Docker's command line, as in a terminal.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { absence, buildkits, chromium, codeServer, environmentFor } from '../env/context';
import { serveRawBuildkit } from '../env/raw-buildkit';
import { OwnDaemon } from '../env/own-daemon';
import { eventually } from './eventually';
import { packedExtension } from './packed-extension';
import { allowSecondTries } from './second-try';
import { removeScratch, Workbench } from './workbench';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const install = codeServer();
const browser = await chromium();
const own = OwnDaemon.find({ network: true });

if (install === undefined || browser === undefined || own === undefined) {
  console.log(`e2e skipped: ${absence()}`);
}

describe.skipIf(install === undefined || browser === undefined || own === undefined)(
  'builders and builds',
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'llb-lens-views-'));
    const folder = join(scratch, 'sample');
    const [buildkit] = buildkits();
    const env = {
      ...(buildkit === undefined ? {} : environmentFor(buildkit)),
      ...(own === undefined ? {} : { DOCKER_HOST: own.address }),
      BUILDX_CONFIG: join(scratch, 'buildx'),
      XDG_CACHE_HOME: join(scratch, 'cache'),
      // These variables are as the user wants them: VS Code asks no login shell for its own PATH.
      VSCODE_CLI: '1',
    };
    /** The same BuildKit as one that runs without Docker. */
    const rawSocket = join(scratch, 'raw.sock');
    let raw: Server | undefined;
    let workbench: Workbench;
    const children: ChildProcess[] = [];
    let count = 0;

    /** A name that no build had before, in a second try neither. */
    const newName = (kind: string): string => `${kind}-${++count}`;

    /** How somebody in a terminal starts a build; the view shows it by this name. */
    const buildCommand = (name: string, options: readonly string[]): string[] => [
      'buildx',
      'build',
      `--build-arg=BUILDKIT_BUILD_NAME=${name}`,
      ...options,
      folder,
    ];

    async function build(name: string, ...options: readonly string[]): Promise<void> {
      await run('docker', buildCommand(name, options), { env });
    }

    /** One that is not awaited, or is to fail. */
    function startBuild(name: string, ...options: readonly string[]): void {
      children.push(spawn('docker', buildCommand(name, options), { env, stdio: 'ignore' }));
    }

    /** Outside the folder, by a name that is not found for `Dockerfile`. @returns its option */
    function dockerfile(name: string, text: string): string {
      const path = join(scratch, `Containerfile.${name}`);
      writeFileSync(path, text);
      return `--file=${path}`;
    }

    beforeAll(async () => {
      if (install === undefined || browser === undefined || own === undefined) return;
      cpSync(join(root, 'test/fixtures/sample'), folder, { recursive: true });
      // A list of files to open would sort it to where the other Dockerfile is clicked.
      rmSync(join(folder, 'Dockerfile.failing'));
      writeFileSync(
        join(folder, 'Dockerfile'),
        'FROM alpine AS tools\nRUN echo one\n\nFROM tools AS app\nCOPY pages /pages\nRUN wc -c /pages/* >> /pages/index.txt\n',
      );
      await own.start();
      raw = await serveRawBuildkit(rawSocket, own.address.replace('unix://', ''));
      workbench = await Workbench.open({
        install,
        chromium: browser,
        vsix: [packedExtension()],
        scratch,
        folder,
        settings: { 'workbench.colorTheme': 'Default Light Modern' },
        env,
      });
    });

    allowSecondTries(() => ({ workbench, folders: [folder, env.BUILDX_CONFIG] }));

    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL');
      await workbench.close();
      raw?.close();
      await own?.remove();
      removeScratch(scratch);
    });

    const row = (label: string) => workbench.row(label);

    test('a build from a terminal appears by itself and opens as a graph', async () => {
      await workbench.command('View: Show LLB Lens');
      await row('in use, running').waitFor(minute);
      const name = newName('terminal');
      await build(name, '--target=app', '--no-cache');
      const item = row(builtApp(name));
      await item.waitFor(minute);
      await item.click();
      const graph = await workbench.webview('[data-node]', 60_000);
      const step = graph.getByRole('treeitem', { name: /wc -c/ }).first();
      await step.waitFor();
      expect(await step.getAttribute('aria-label')).toContain('Command, app, step 2 of 2, done');
      await workbench.settled();
      await workbench.screenshot('builders-and-builds');

      const other = newName('dropped');
      const facts = join(scratch, 'metadata.json');
      await build(other, '--target=tools', `--metadata-file=${facts}`);
      await row(`^${other}.*, succeeded`).waitFor(minute);
      const ref = /"buildx.build.ref": "(?:.*\/)?(.+)"/.exec(readFileSync(facts, 'utf8'))?.[1];
      await workbench.dropOn(graph, `llb-record:/${ref ?? ''}`);
      await workbench.tab(other).waitFor(minute);
      await workbench.command('View: Close Editor');
      await workbench.tab(other).waitFor({ state: 'detached' });
    });

    test('its steps lead to the lines of the file', async () => {
      await row(builtApp('terminal-\\d+')).click();
      const graph = await workbench.webview('[data-node]');
      await graph.getByRole('treeitem', { name: /wc -c/ }).first().focus();
      await workbench.page.keyboard.press('Enter');
      await workbench.tab('Dockerfile').waitFor();
      await eventually('the line', async () => (await workbench.cursor()).includes('Ln 6'));
    });

    test('a builder says what it is, what it stores and when it clears that away', async () => {
      await workbench.expand('in use, running', '^BuildKit');
      expect(await row('^Platforms').textContent()).toContain('linux/amd64');
      await workbench.expand('^Clean-up rules', 'unused for');
      await workbench.expand('^Disk use', '^Build steps');
      await workbench.screenshot('builder-facts');
      await row('in use, running').click();
    });

    test('a builder is created, used, inspected, pruned with a preview, and removed', async () => {
      const name = newName('second');
      await workbench.command('LLB Lens: Create Builder…');
      await workbench.pick('Remote');
      await workbench.fill('Address of the BuildKit', `unix://${rawSocket}`);
      await workbench.fill('Name of the builder', name);
      await row(`^${name}, running, remote`).waitFor(minute);
      await workbench.choose(`^${name}, `, 'Use This Builder');
      await row(`^${name}, in use, running`).waitFor(minute);
      const built = newName('there');
      await build(built, `--builder=${name}`, '--target=tools');
      await row(`^${built}.*, succeeded`).waitFor(minute);

      await workbench.choose(`^${name}, `, 'Inspect Builder');
      await workbench.tab(`${name}.json`).waitFor();
      await eventually('what the builder says', async () =>
        (await workbench.editorText()).includes('"workers"'),
      );

      await workbench.choose(`^${name}, `, 'Prune Builder…');
      await workbench.pick('Everything that is not in use');
      const question = await workbench.answer('Remove', 'prune-preview');
      expect(question).toMatch(/Remove \d+ records \([^)]+\) from second-/);
      expect(question).toMatch(/Build steps: .+ in \d+/);
      expect(question).toContain('echo one');
      await workbench.notified(/Removed [1-9]\d* records, /);

      await workbench.choose(`^${name}, `, 'Remove Builder');
      expect(await workbench.answer('Remove')).toContain(`Remove the builder ${name}?`);
      await row(`^${name}, `).waitFor({ state: 'detached', ...minute });
      await row('in use, running').waitFor(minute);
      const { stdout } = await run('docker', ['buildx', 'ls'], { env });
      expect(stdout).not.toContain(name);
    });

    test('a running build of a terminal is followed until it ends', async () => {
      const name = newName('run');
      startBuild(name, dockerfile(name, gated(name)));
      const item = row(`^${name}.*, running`);
      await item.waitFor(minute);
      await item.click();
      const graph = await workbench.webview('[data-node] [aria-label*="until"]', 60_000);
      const step = (text: string, state: string) =>
        graph.getByRole('treeitem', { name: new RegExp(`${text}.*, ${state}`) }).first();
      await step('until', 'running').waitFor(minute);
      await workbench.settled();
      await workbench.screenshot('followed-build');

      const opener = newName('opener');
      await build(opener, dockerfile(opener, `FROM alpine\nRUN ${gate} touch /gate/${name}\n`));
      await row(`^${name}.*, succeeded`).waitFor(minute);
      await step('echo over', 'done').waitFor(minute);

      await workbench.choose(`^${name}.*, succeeded`, 'Show Build Log');
      await eventually('the log', async () =>
        (await workbench.editorText()).includes('pages/index.txt:1: low water'),
      );
      await workbench.page.locator('.editor-instance .detected-link').first().waitFor();
      await workbench.find('pages/index.txt');
      await workbench.command('Open Link');
      await workbench.tab('index.txt').waitFor();
      await eventually('the start of the line', async () =>
        (await workbench.cursor()).startsWith('Ln 1, Col 1'),
      );
    });

    test('a failed build leads to the line that is to blame', async () => {
      const name = newName('broken');
      startBuild(name, dockerfile(name, broken));
      await row(`^${name}.*, failed`).waitFor(minute);
      await workbench.choose(`^${name}.*, failed`, 'Go to Build Error');
      await workbench.tab(`Containerfile.${name}`).waitFor();
      await eventually('the selection of the instruction', async () =>
        /^Ln 4, .*selected/.test(await workbench.cursor()),
      );
      await workbench.notified('exit code: 3');
      await workbench.screenshot('build-error');
    });

    test('attestations are read, records pinned, exported and deleted', async () => {
      const name = newName('signed');
      await build(name, '--attest=type=provenance,mode=max', '--target=tools');
      await row(`^${name}.*, succeeded`).waitFor(minute);
      await workbench.choose(`^${name}`, 'Show Build Attestation');
      await workbench.tab(`${name}.json`).waitFor(minute);
      await eventually('the provenance', async () =>
        (await workbench.editorText()).includes('"buildType"'),
      );

      await workbench.choose(`^${name}`, 'Pin Build');
      await row(`^${name}.*, pinned`).waitFor(minute);
      await workbench.choose(`^${name}`, 'Unpin Build');
      await row(`^${name}(?!.*, pinned)`).waitFor(minute);

      await workbench.choose(`^${name}`, 'Export Build…');
      await workbench.acceptPath(join(folder, `${name}.dockerbuild`));
      await workbench.notified('Exported to');
      expect(existsSync(join(folder, `${name}.dockerbuild`))).toBe(true);

      await workbench.choose(`^${name}`, 'Delete Build');
      expect(await workbench.answer('Delete')).toContain('The image and the cache stay.');
      await row(`^${name}`).waitFor({ state: 'detached', ...minute });

      // The builder has forgotten it; the file has not.
      await workbench.command('View: Close All Editors');
      await workbench.openFile(`${name}.dockerbuild`);
      const graph = await workbench.webview('[data-node]');
      const step = graph.getByRole('treeitem', { name: /echo one.*, (done|cached)/ });
      await step.first().waitFor(minute);

      // Dropped onto a graph it opens too; its editor's buttons ask the file.
      cpSync(join(folder, `${name}.dockerbuild`), join(folder, 'dropped.dockerbuild'));
      await workbench.dropOn(graph, `file://${join(folder, 'dropped.dockerbuild')}`);
      const dropped = workbench.tab('dropped.dockerbuild');
      await dropped.waitFor(minute);
      await workbench.editorAction('Show Build Attestation');
      await workbench.tab(`${name}.json`).waitFor(minute);
      await dropped.click();
      await workbench.editorAction('Go to Build Error');
      await workbench.notified('This build did not fail.');
      await workbench.editorAction('Show Build Log');
      await workbench.tab(`${name}.log`).waitFor(minute);
      await eventually('the log', async () => (await workbench.editorText()).includes('echo one'));
      await workbench.command('View: Close All Editors');
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
      await workbench.expand('^pages, added', '^index.txt, added');
      await workbench.open('^index.txt, added', 'index.txt');
      await workbench.hidePanel();
      await workbench.settled();
      await workbench.screenshots('layers');
    });

    test('a file of a layer is compared with that of another step, found and saved', async () => {
      await workbench.choose('^index.txt, added', 'Compare File With…');
      await workbench.pick('RUN wc -c');
      await workbench.tab('index.txt (RUN wc').waitFor();
      await eventually('the line that the other step adds', async () =>
        (await workbench.editorText()).includes('total'),
      );
      await workbench.settled();
      await workbench.screenshots('layer-diff');

      await workbench.command('LLB Lens: Search in Layer…');
      await workbench.fill('Search in', '/pages/ab*');
      await workbench.page.locator('.quick-input-title', { hasText: '1 found' }).waitFor(minute);
      await workbench.pick('about.txt');
      await workbench.tab('about.txt').waitFor();

      const saved = join(folder, 'index.txt');
      await workbench.choose('^index.txt, added', 'Save As…');
      await workbench.acceptPath(saved);
      await eventually('the saved file', () => existsSync(saved));
      expect(readFileSync(saved)).toEqual(readFileSync(join(folder, 'pages/index.txt')));

      const tar = join(folder, 'COPY-pages-pages.tar');
      await workbench.command('LLB Lens: Save Layer as Tar…');
      await workbench.pick('Only what the step changed');
      await workbench.acceptPath(tar);
      await workbench.notified(`Saved to ${tar}.`);
      await workbench.command('Notifications: Hide Notifications');
      const { stdout } = await run('tar', ['-tf', tar]);
      expect(stdout.split('\n')).toEqual(
        expect.arrayContaining(['pages/about.txt', 'pages/index.txt']),
      );
      rmSync(saved);
      rmSync(tar);
    });

    test('the image that a step would make is looked into', async () => {
      await workbench.command('LLB Lens: Inspect Image of This Step');
      await row('^Efficiency').waitFor(minute);
      await workbench.expand('^Layers', '^4 ');
      await workbench.settled();
      await workbench.screenshots('layer-image');
    });

    test('a build of the editor has a console with colours and links, and a notification that cancels it', async () => {
      const name = newName('endless');
      writeFileSync(join(folder, `${name}.Dockerfile`), gated(name));
      await workbench.openFile(`${name}.Dockerfile`);
      await workbench.command('LLB Lens: Run Build');
      await workbench.command('Debug Console: Focus on Debug Console View');
      const progress = await workbench.notified(/of 4 steps.*until/);
      const line = workbench.page.locator('.repl .code-foreground-colored').first();
      expect(await line.innerText()).toContain('low water');
      await line.locator('a', { hasText: 'index.txt:1' }).waitFor();
      await workbench.screenshot('build-in-editor');
      await progress.hover();
      await progress.getByRole('button', { name: 'Cancel' }).click();
      await row(`^${name}.*, cancelled`).waitFor(minute);
      await workbench.hidePanel();
    });
  },
);

/** @param name as a regular expression @returns what its entry says once it has built this stage */
const builtApp = (name: string): string => `^${name}( \\(app\\))?, succeeded`;

const minute = { timeout: 60_000 };

/** Steps with this mount meet at a folder of the builder. */
const gate = '--mount=type=cache,target=/gate';

/** Prints a place in red, waits until the gate has a file of the name, and goes on. */
const gated = (name: string): string => `FROM alpine
RUN printf '\\033[31m%s/index.txt:1: low water\\033[0m\\n' pages # ${name}
RUN ${gate} until [ -e /gate/${name} ]; do sleep 0.1; done
RUN echo over
`;

const broken = `FROM alpine
RUN true
RUN echo half && \\
    exit 3
`;

/** What is known of the selected step: details, log and files. */
import { expect, test } from 'vitest';
import { type NodeStatus } from '../../../proto/model/build-graph';
import { graphNode, graphOf, midBuild, START, webShop } from '../../webview/sample-graph';
import { describeGraphPage, inPage, node, sentOf, show, wait } from './graph-page';

/** Whether the log is scrolled to its end. */
const atLogEnd =
  '(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)' +
  "(document.querySelector('.log-scroller'))";

describeGraphPage(() => {
  test('in a low and narrow panel a step leaves room for what is known of it', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    const { width, height } = shown.page.viewportSize() ?? { width: 0, height: 0 };
    await shown.page.setViewportSize({ width: 500, height: 470 });
    await node(shown, 'compile').dispatchEvent('click');
    const panel = shown.page.getByRole('region', { name: 'Selected step' });
    const details = panel.getByRole('tabpanel', { name: 'Details' });
    await expect.poll(async () => (await details.boundingBox())?.height).toBeGreaterThan(100);
    // What is a sign only is still called by its name.
    await panel.getByRole('button', { name: 'Debug to Here' }).click();
    expect((await sentOf(shown, 'step')).at(-1)).toMatchObject({ act: 'debug' });
    await shown.page.setViewportSize({ width, height });
  });

  test('details name the digest, the inputs and the operation', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await node(shown, 'dist').dispatchEvent('click');
    const panel = shown.page.getByRole('region', { name: 'Selected step' });
    await panel
      .getByText(
        graphNode({
          id: 'dist',
          kind: 'file',
          name: 'COPY --from=build /app/dist /usr/share/nginx/html',
        }).digest,
      )
      .first()
      .waitFor();
    await panel.getByRole('button', { name: 'Copy', exact: true }).first().click();
    expect((await sentOf(shown, 'copy')).at(0)?.text).toMatch(/^sha256:/);
    await panel.getByRole('button', { name: 'RUN npm run build' }).click();
    expect((await sentOf(shown, 'select')).at(-1)).toMatchObject({
      node: 'compile',
      openSource: true,
    });
    await panel.getByRole('heading', { name: 'RUN npm run build' }).waitFor();

    await panel.getByText('Operation as JSON').click();
    await expect.poll(async () => (await sentOf(shown, 'readOp')).at(0)?.node).toBe('compile');
    const json = JSON.stringify({ exec: { meta: { cwd: '/app' } } }, undefined, 2);
    const metadata = {
      ignoreCache: true,
      description: { 'llb.customname': '<b>RUN</b> npm run build' },
      caps: ['exec.meta.base', 'exec.mount.bind'],
      progressGroup: { id: 'g1', name: 'Build the page', weak: true },
      linuxResources: { memory: '1073741824' },
    };
    await shown.send({ type: 'op', node: 'compile', json, metadata });
    await panel.getByText('"cwd": "/app"').waitFor();
    const said = panel.locator('.op-metadata');
    expect(await said.isVisible()).toBe(false);
    await panel.getByText('Metadata', { exact: true }).click();
    expect((await said.innerText()).split('\n')).toEqual([
      'Cache',
      'Runs whatever the cache has',
      'Capabilities',
      'exec.meta.base',
      'exec.mount.bind',
      'Description',
      'llb.customname = <b>RUN</b> npm run build',
      'Progress group',
      'Build the page (weak)',
      'id g1',
      'Limits',
      'memory = 1073741824',
    ]);
    expect(await sentOf(shown, 'readOp')).toHaveLength(1);
    await panel.getByRole('button', { name: 'Copy the JSON' }).click();
    expect((await sentOf(shown, 'copy')).at(-1)?.text).toBe(json);
    await shown.send({ type: 'opError', node: 'compile', message: 'the frontend made it' });
    await panel.getByText('Not known: the frontend made it').first().waitFor();
    // What was said of one step is not said of the next.
    await shown.send({ type: 'op', node: 'compile', json, metadata });
    await panel.getByText('llb.customname =').waitFor();
    await node(shown, 'lint').dispatchEvent('click');
    await panel.getByRole('heading', { name: 'RUN npm run lint' }).waitFor();
    expect(await said.innerText()).toBe('');
    await expect.poll(async () => (await sentOf(shown, 'readOp')).at(-1)?.node).toBe('lint');
    await shown.send({ type: 'op', node: 'lint', json });
    await said.getByText('Nothing is kept of it').waitFor();
  });

  test('news of a step change what they are about, and leave the rest to be read on', async () => {
    const shown = await show(graphOf(webShop, midBuild), { height: 420 });
    await node(shown, 'lint').dispatchEvent('click');
    const panel = shown.page.getByRole('region', { name: 'Selected step' });
    await panel.getByText('No config for the linter was found').waitFor();
    // Somebody has scrolled down, selected the digest, and has the keyboard on its button.
    await inPage(
      shown,
      `(() => {
        const reads = window.reads = document.querySelector('.copyable');
        reads.scrollIntoView();
        reads.querySelector('button').focus({ preventScroll: true });
        getSelection().selectAllChildren(reads.querySelector('code'));
        window.place = reads.getBoundingClientRect().top;
        window.facts = [...document.querySelectorAll('.details dt, .details dd')];
      })()`,
    );
    const reading = () =>
      inPage(
        shown,
        `({
          scrolled: document.querySelector('.panel-details').scrollTop > 0,
          // Pages are scrolled by whole pixels.
          stays: Math.abs(reads.getBoundingClientRect().top - place) < 2,
          selected: getSelection().toString(),
          keyboard: reads.contains(document.activeElement),
        })`,
      );
    const gone = () =>
      inPage(shown, `facts.filter((one) => !one.isConnected).map((one) => one.innerText)`);
    const before = await reading();
    const selected = await panel.locator('.copyable code').first().innerText();
    expect(before).toEqual({ scrolled: true, stays: true, selected, keyboard: true });

    let version = 0;
    const { lint } = midBuild;
    const tell = (status: Partial<NodeStatus>) =>
      shown.send({
        type: 'patch',
        base: version,
        version: (version += 1),
        patch: { status: { lint: { ...lint, state: 'done', ...status } } },
      });
    await tell({ prediction: { outcome: 'run', duration: 3000 } });
    await panel.getByText('If built now: runs again, about 3.0 s').waitFor();
    expect(await reading()).toEqual(before);
    expect(await gone()).toEqual([]);

    const part = { id: 'layer', name: 'layer', total: 2000, started: START };
    await tell({ progress: [{ ...part, current: 1000, completed: false }] });
    await panel.getByText('1.0 kB / 2.0 kB').waitFor();
    await tell({ progress: [{ ...part, current: 2000, completed: true }] });
    await panel.getByText('✓').waitFor();
    expect(await panel.getByText('1.0 kB / 2.0 kB').count()).toBe(0);
    expect(await panel.getByText('If built now').count()).toBe(0);
    expect(await reading()).toEqual(before);
    expect(await gone()).toEqual([]);

    await tell({ completed: START + 4200 });
    await panel.getByText('4.2 s').first().waitFor();
    expect(await reading()).toEqual(before);
    expect(await gone()).toEqual(['3.1 s']);
  });

  test('details tell of warnings and of earlier runs, and each button asks the host for its part', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await node(shown, 'lint').dispatchEvent('click');
    const panel = shown.page.getByRole('region', { name: 'Selected step' });
    await panel.getByText('No config for the linter was found').waitFor();
    const more = panel.getByRole('link', { name: 'More about this' });
    expect(await more.getAttribute('href')).toMatch(/^https:.*from-as-casing/);
    expect(await more.count()).toBe(1);

    expect((await sentOf(shown, 'readTimes')).at(-1)?.node).toBe('lint');
    const ran = { state: 'done', finished: START } as const;
    await shown.send({
      type: 'times',
      node: 'lint',
      runs: [
        { ...ran, duration: 3000 },
        { ...ran, state: 'cached' },
        { ...ran, duration: 1000 },
      ],
    });
    const past = panel.getByRole('region', { name: 'Earlier Builds' });
    await past.getByText('2.0 s').first().waitFor();
    expect(await past.getByRole('row').count()).toBe(3);

    const actions = panel.getByRole('toolbar', { name: 'What to do with the step' });
    for (const each of await actions.getByRole('button').all()) await each.click();
    await panel.getByRole('button', { name: 'Show in Source' }).click();
    expect((await sentOf(shown, 'step')).map(({ node: on, act }) => [on, act])).toEqual(
      ['shell', 'debug', 'breakpoint', 'stage', 'why'].map((act) => ['lint', act]),
    );
    expect((await sentOf(shown, 'select')).at(-1)).toMatchObject({
      node: 'lint',
      openSource: true,
    });
  });

  test('the log is fetched piece by piece while the step runs, in colour, and stays at its end', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await node(shown, 'compile').dispatchEvent('click');
    await shown.page.getByRole('tab', { name: 'Log' }).click();
    await expect.poll(() => sentOf(shown, 'readLog'), wait).toHaveLength(1);
    await shown.send({
      type: 'log',
      node: 'compile',
      from: 0,
      text: '\u001b[31mred\u001b[0m <b>bold</b>\nha',
      next: 40,
    });
    const log = shown.page.getByRole('log');
    expect(await log.locator('.log-line').nth(0).textContent()).toBe('red <b>bold</b>');
    expect(
      await inPage(shown, "getComputedStyle(document.querySelector('.log-line span')).color"),
    ).toBe('rgb(205, 49, 49)');
    // Nothing more is there, so nothing more is asked for.
    expect(await sentOf(shown, 'readLog')).toHaveLength(1);
    await shown.send({
      type: 'patch',
      base: 0,
      version: 1,
      patch: { status: { compile: { state: 'running', started: START, logBytes: 4040 } } },
    });
    expect((await sentOf(shown, 'readLog')).at(-1)).toMatchObject({ node: 'compile', from: 40 });
    const lines = Array.from({ length: 400 }, (_, index) => `line ${index}`).join('\n');
    await shown.send({ type: 'log', node: 'compile', from: 40, text: `lf\n${lines}`, next: 4040 });
    await log.getByText('line 398', { exact: true }).waitFor();
    await expect.poll(() => inPage(shown, atLogEnd), wait).toBe(true);
    // One who scrolls back is left there.
    await inPage(shown, "document.querySelector('.log-scroller').scrollTop = 0");
    await shown.page.getByRole('button', { name: 'Follow the Output' }).waitFor();
    await log.getByText('half', { exact: true }).waitFor();
    // Answers that are not the awaited ones change nothing.
    await shown.send({ type: 'log', node: 'compile', from: 0, text: 'again', next: 5 });
    await shown.send({ type: 'log', node: 'lint', from: 4040, text: 'other', next: 5000 });
    expect(await log.textContent()).not.toMatch(/again|other/);
  });

  test('a very long log keeps its end, and one that cannot be read says why', async () => {
    const shown = await show(
      graphOf(webShop, { compile: { state: 'running', started: START, logBytes: 9 } }),
    );
    await node(shown, 'compile').dispatchEvent('click');
    await shown.page.getByRole('tab', { name: 'Log' }).click();
    // Some lines wrap, so that their heights differ.
    const text = Array.from(
      { length: 60_000 },
      (_, index) => `line ${index}${index % 7 === 0 ? ' and more'.repeat(30) : ''}\n`,
    ).join('');
    await shown.send({ type: 'log', node: 'compile', from: 0, text, next: 9 });
    const log = shown.page.getByRole('log');
    const lines = log.locator('.log-lines .log-line');
    await log.getByText('line 59999', { exact: true }).waitFor();
    await expect.poll(() => inPage(shown, atLogEnd), wait).toBe(true);
    await log.getByText('The beginning of this log is not shown').waitFor();
    // Only what is in sight and its neighbours are elements.
    expect(await lines.count()).toBeLessThan(300);
    await inPage(shown, "document.querySelector('.log-scroller').scrollTop = 0");
    await log.getByText(/^line 10000\b/).waitFor();
    expect(await lines.count()).toBeLessThan(300);
    const find = shown.page.getByRole('searchbox', { name: 'Find in the log' });
    await find.fill('line 45678');
    await expect
      .poll(() => log.locator('.log-current').allTextContents(), wait)
      .toEqual(['line 45678']);
    expect(
      await inPage(
        shown,
        `((line, scroller) => line.top >= scroller.top && line.bottom <= scroller.bottom)(
          document.querySelector('.log-current').getBoundingClientRect(),
          document.querySelector('.log-scroller').getBoundingClientRect(),
        )`,
      ),
    ).toBe(true);
    await shown.page.getByRole('button', { name: 'Copy the Log' }).click();
    const copied = (await sentOf(shown, 'copy')).at(-1)?.text ?? '';
    expect(copied.split('\n').slice(-2)).toEqual(['line 59998', 'line 59999']);
    await shown.send({ type: 'logError', node: 'compile', message: 'the build is gone' });
    await shown.page.getByText('The log could not be read: the build is gone').waitFor();
  });

  test("a built step's files are read one folder at a time and open on demand", async () => {
    const shown = await show(graphOf(webShop, midBuild));
    const entry = { mode: 0o644, size: 1200, modified: START };
    await node(shown, 'lint').dispatchEvent('click');
    await shown.page.getByRole('tab', { name: 'Files' }).click();
    expect(await sentOf(shown, 'readLayer')).toEqual([
      { v: 1, type: 'readLayer', node: 'lint', path: '/' },
    ]);
    await shown.send({
      type: 'layer',
      node: 'lint',
      path: '/',
      entries: [
        { ...entry, name: 'init', kind: 'file', mode: 0o755 },
        { ...entry, name: 'etc', kind: 'directory' },
      ],
    });
    const tree = shown.page.getByRole('tree', { name: 'Files after this step' });
    expect(await tree.getByRole('treeitem').first().textContent()).toBe('etc, folder,rw-r--r--');
    await tree.getByRole('treeitem', { name: /^etc/ }).focus();
    await shown.page.keyboard.press('ArrowRight');
    expect((await sentOf(shown, 'readLayer')).at(-1)).toMatchObject({ path: '/etc' });
    await shown.send({
      type: 'layer',
      node: 'lint',
      path: '/etc',
      entries: [{ ...entry, name: 'passwd', kind: 'file' }],
    });
    await shown.page.keyboard.press('ArrowRight');
    await shown.page.keyboard.press('Enter');
    expect(await sentOf(shown, 'openFile')).toEqual([
      { v: 1, type: 'openFile', node: 'lint', path: '/etc/passwd' },
    ]);
    await tree.getByText('rw-r--r--').first().waitFor();
    await tree.getByText('1.2 kB').first().waitFor();

    // Another build of it: what was opened stays open, and the keyboard where it was.
    const { lint } = midBuild;
    const status = { lint: { ...lint, state: 'done', completed: START + 9000 } } as const;
    const asked = (await sentOf(shown, 'readLayer')).length;
    await shown.send({ type: 'patch', base: 0, version: 1, patch: { status } });
    const again = (await sentOf(shown, 'readLayer')).slice(asked).map(({ path }) => path);
    expect(again).toEqual(['/', '/etc']);
    const here = () => shown.page.locator(':focus').getAttribute('data-path');
    await shown.send({
      type: 'layer',
      node: 'lint',
      path: '/',
      entries: [
        { ...entry, name: 'bin', kind: 'directory' },
        { ...entry, name: 'etc', kind: 'directory' },
        { ...entry, name: 'init', kind: 'file', mode: 0o755, size: 4000 },
      ],
    });
    await tree.getByText('4.0 kB').waitFor();
    expect(await here()).toBe('/etc/passwd');
    await shown.send({
      type: 'layer',
      node: 'lint',
      path: '/etc',
      entries: [
        { ...entry, name: 'group', kind: 'file' },
        { ...entry, name: 'passwd', kind: 'file' },
      ],
    });
    await tree.locator('[data-path="/etc/group"]').waitFor();
    expect(await here()).toBe('/etc/passwd');
    expect(await tree.getByRole('treeitem').allTextContents()).toEqual([
      expect.stringMatching(/^bin/),
      expect.stringMatching(/^etc/),
      expect.stringMatching(/^group/),
      expect.stringMatching(/^passwd/),
      expect.stringMatching(/^init/),
    ]);
    expect(
      await tree.getByRole('treeitem', { name: /^passwd/ }).getAttribute('aria-posinset'),
    ).toBe('2');
    expect(await tree.locator('[tabindex="0"]').count()).toBe(1);
  });

  test('a folder that cannot be read says why, and without a build there are no files', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await node(shown, 'config').dispatchEvent('click');
    await shown.page.getByRole('tab', { name: 'Files' }).click();
    await node(shown, 'dist').dispatchEvent('click');
    await shown.page.getByText('Build this step to look at its files.').waitFor();
    await node(shown, 'lint').dispatchEvent('click');
    await shown.send({ type: 'layerError', node: 'lint', path: '/', message: 'no builder' });
    await shown.page.getByText('Could not be read: no builder').waitFor();
    await shown.page.getByRole('button', { name: 'Try Again' }).click();
    const asked = (await sentOf(shown, 'readLayer')).map((request) => request.node);
    expect(asked.filter((one) => one === 'lint')).toHaveLength(2);
    expect(asked).not.toContain('dist');
  });
});

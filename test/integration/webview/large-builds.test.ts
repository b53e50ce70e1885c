/** Builds of hundreds and thousands of steps, and what the page leaves behind. */
import { expect, test } from 'vitest';
import { WEBVIEW_PROTOCOL } from '../../../proto/messages/webview';
import { allOpen, context } from '../../webview/page';
import { closure, graphOf, manyStages, midBuild, webShop } from '../../webview/sample-graph';
import {
  camera,
  describeGraphPage,
  focused,
  inPage,
  item,
  open,
  places,
  sentOf,
  show,
  wait,
} from './graph-page';

describeGraphPage(() => {
  test('of a large closure the steps nearest the result are drawn, and a search leads to any', async () => {
    const shown = await open();
    const { page } = shown;
    await shown.send({ type: 'snapshot', version: 0, graph: graphOf(closure(400)), context });
    await item(shown, 'p399').waitFor();
    expect(await page.locator('[data-node]').count()).toBe(31);
    await page.getByRole('treeitem', { name: '370 more steps' }).waitFor();
    await page.getByRole('button', { name: 'Search' }).click();
    await page.keyboard.type('package-200-');
    await page.keyboard.press('Enter');
    await item(shown, 'p200').waitFor();
    expect(await item(shown, 'p399').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'What to show' }).click();
    await page.getByRole('combobox', { name: 'Show' }).selectOption('all steps');
    await page.locator('.minimap').waitFor();
    await expect
      .poll(() => shown.state(), wait)
      .toMatchObject({ choices: { most: Number.MAX_SAFE_INTEGER }, direction: 'right' });
  });

  test('as many steps as are drawn as elements make few elements', async () => {
    const shown = await show(graphOf(manyStages(11, 8)), { state: allOpen(11) });
    expect(await shown.page.locator('.canvas').isVisible()).toBe(false);
    expect(await inPage(shown, "document.querySelectorAll('*').length")).toBeLessThan(1500);
  });

  test('thousands of steps are drawn on a canvas, with few elements, and can be walked', async () => {
    const shown = await open({ state: allOpen(250) });
    const specs = manyStages(250, 8);
    await shown.send({ type: 'snapshot', version: 0, graph: graphOf(specs), context });
    await shown.page.locator('[data-layout=done]').waitFor();
    expect(await shown.page.locator('.canvas').isVisible()).toBe(true);
    expect(await inPage(shown, "document.querySelectorAll('*').length")).toBeLessThan(1500);
    // Something is painted: the pixels in the middle of a card differ from the paper's.
    await shown.page.locator('.minimap').waitFor();
    await expect
      .poll(
        () =>
          inPage(
            shown,
            `(() => {
              const canvas = document.querySelector('.canvas');
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              return data.some((value) => value > 0);
            })()`,
          ),
        wait,
      )
      .toBe(true);
    await inPage(shown, 'document.querySelector(\'[role=treeitem][tabindex="0"]\').focus()');
    await shown.page.keyboard.press('End');
    const last = await focused(shown);
    expect(last).toBe('249.7');
    await shown.page.keyboard.press('ArrowUp');
    expect(await focused(shown)).toBe('249.6');
    expect(await item(shown, '249.6').getAttribute('aria-setsize')).toBe('2001');
    expect(await inPage(shown, "document.querySelectorAll('*').length")).toBeLessThan(1500);
  });

  test('a click on the canvas selects what is drawn there', async () => {
    // Without motion the focused step stands still as soon as it is in view.
    const shown = await open({ state: allOpen(60), reducedMotion: true });
    await shown.send({ type: 'snapshot', version: 0, graph: graphOf(manyStages(60, 8)), context });
    await shown.page.locator('[data-layout=done]').waitFor();
    // The one with the keyboard is an element too, which tells where on the canvas it is drawn.
    await inPage(shown, 'document.querySelector(\'[role=treeitem][tabindex="0"]\').focus()');
    const box = await shown.page.locator('[role=treeitem][tabindex="0"]').boundingBox();
    const id = await focused(shown);
    if (box === null) throw new Error('nothing is drawn');
    await inPage(shown, "document.querySelector('.picture .nodes').remove()");
    await shown.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await expect
      .poll(async () => (await sentOf(shown, 'select')).at(-1), wait)
      .toMatchObject({
        node: id,
        openSource: true,
      });
  });

  test('a large build begins with its stages closed; E opens one and closes it again', async () => {
    const shown = await open();
    await shown.send({ type: 'snapshot', version: 0, graph: graphOf(manyStages(12, 8)), context });
    const count = (): Promise<number> => shown.page.locator('[data-node]').count();
    await expect.poll(count, wait).toBe(13);
    const closed = shown.page.getByRole('treeitem', { name: /^stage-3,.*closed/ });
    expect(await closed.getAttribute('aria-expanded')).toBe('false');
    await closed.focus();
    await shown.page.keyboard.press('e');
    await expect.poll(count, wait).toBe(20);
    // The keyboard is on the first of the steps that came out.
    await expect.poll(() => focused(shown), wait).toBe('3.0');
    expect(await shown.state()).toMatchObject({ choices: { stages: { 'stage-3': true } } });
    await shown.page.keyboard.press('e');
    await expect.poll(count, wait).toBe(13);
    await closed.focus();
    await shown.page.keyboard.press(' ');
    await shown.page.getByRole('tab').waitFor();
    expect(await shown.page.getByRole('tab').count()).toBe(1);
    await shown.page.getByRole('button', { name: 'RUN make 4' }).click();
    await expect.poll(count, wait).toBe(20);
    expect((await sentOf(shown, 'select')).at(-1)).toMatchObject({ node: '3.4', openSource: true });
  });

  test('a step that is marked in the editor is marked on its closed stage', async () => {
    const shown = await open();
    await shown.send({ type: 'snapshot', version: 0, graph: graphOf(manyStages(12, 8)), context });
    await shown.page.locator('[data-layout=done]').waitFor();
    await shown.send({ type: 'select', node: '5.3', reveal: true });
    const name = shown.page.locator('.node.selected [role=treeitem]');
    await expect.poll(() => name.getAttribute('aria-label'), wait).toMatch(/^stage-5,/);
    expect(await shown.page.locator('.step-name').textContent()).toBe('RUN make 3');
  });

  test('a storm of patches moves nothing', async () => {
    const specs = manyStages(125, 8);
    const shown = await open();
    await shown.send({ type: 'snapshot', version: 0, graph: graphOf(specs), context });
    await shown.page.locator('[data-layout=done]').waitFor();
    const before = { camera: await camera(shown), places: await places(shown) };
    await inPage(
      shown,
      `new Promise((done) => {
        let version = 0;
        const timer = setInterval(() => {
          const status = {};
          for (let stage = 0; stage < 125; stage += 1)
            status[stage + '.' + (version % 8)] = { state: version % 2 ? 'running' : 'done', started: 1, completed: 2 };
          window.postMessage({ v: 1, type: 'patch', base: version, version: ++version, patch: { status } }, '*');
          if (version === 30) { clearInterval(timer); setTimeout(done, 200); }
        }, 33);
      })`,
    );
    expect(await camera(shown)).toBe(before.camera);
    expect(await places(shown)).toEqual(before.places);
    expect(await sentOf(shown, 'resync')).toEqual([]);
    await shown.page.getByText('500 done').first().waitFor();
  });

  test('pages that are closed leave no worker, document, listener or memory behind', async () => {
    const shown = await open();
    const { page } = shown;
    const address = page.url();
    // As in VS Code, where a frame holds the page, and goes when its tab is closed or hidden.
    const parent = new URL(`parent${new URL(address).hash}`, address).href;
    await page.route('**/parent', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<link rel="icon" href="data:,">' }),
    );
    await page.goto(parent);
    const tools = await page.context().newCDPSession(page);
    const message = { v: WEBVIEW_PROTOCOL, type: 'snapshot', version: 0, context };
    const snapshot = JSON.stringify({ ...message, graph: graphOf(webShop, midBuild) });
    const openAndClose = async (): Promise<void> => {
      await page.evaluate(
        `document.body.append(Object.assign(document.createElement('iframe'), {
           src: ${JSON.stringify(address)}, width: 900, height: 600 }))`,
      );
      const frame = page.frameLocator('iframe');
      await frame.locator('.app').waitFor();
      await page.evaluate(`frames[0].postMessage(${snapshot}, '*')`);
      await frame.locator('[data-layout=done]').waitFor();
      await frame.locator('[data-node=install]').click();
      await frame.getByRole('button', { name: 'Timeline' }).click();
      expect(page.workers().length).toBeGreaterThan(0);
      await page.evaluate("document.querySelector('iframe').remove()");
      await expect.poll(() => page.workers().length, wait).toBe(0);
    };
    const left = async () => {
      await tools.send('HeapProfiler.collectGarbage');
      const { usedSize } = await tools.send('Runtime.getHeapUsage');
      return { ...(await tools.send('Memory.getDOMCounters')), usedSize };
    };
    for (let round = 0; round < 2; round++) await openAndClose();
    const before = await left();
    for (let round = 0; round < 6; round++) await openAndClose();
    // What is closed goes with one of the next collections, on a busy machine not with the first.
    const more = async () => {
      const after = await left();
      return {
        documents: after.documents > before.documents,
        nodes: after.nodes > before.nodes,
        listeners: after.jsEventListeners > before.jsEventListeners,
        memory: after.usedSize - before.usedSize >= 300_000,
      };
    };
    const none = { documents: false, nodes: false, listeners: false, memory: false };
    await expect.poll(more, wait).toEqual(none);
  });
});

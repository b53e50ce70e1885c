/** What the page and its host tell each other: graphs, patches, what can be built, what is remembered. */
import { expect, test } from 'vitest';
import { emptyGraph } from '../../../proto/model/build-graph';
import { parseSavedState } from '../../../webview/saved-state';
import { context } from '../../webview/page';
import { graphNode, graphOf, manyStages, midBuild, webShop } from '../../webview/sample-graph';
import {
  camera,
  describeGraphPage,
  inPage,
  item,
  node,
  nodes,
  open,
  places,
  sentOf,
  show,
  wait,
} from './graph-page';

const rememberedCamera = (state: unknown): string | undefined => {
  const at = parseSavedState(state)?.camera;
  return at === undefined ? undefined : `translate(${at.x},${at.y}) scale(${at.k})`;
};
const scaleOf = (transform: string | null): string | undefined =>
  /scale\(.*\)/.exec(transform ?? '')?.[0];

describeGraphPage(() => {
  test('says it waits, and how to begin when there is nothing to show', async () => {
    const shown = await open();
    await shown.page.getByText('Loading the build graph…').waitFor();
    await shown.send({ type: 'snapshot', version: 0, graph: emptyGraph, context });
    await shown.page.getByText('No steps yet').waitFor();
    expect(await shown.page.getByRole('button', { name: 'Build', exact: true }).isEnabled()).toBe(
      true,
    );
  });

  test('a step typed in appears in place: same page, same camera, neighbours stay', async () => {
    const shown = await show(graphOf(webShop));
    await shown.page.evaluate('window.mark = document.querySelector("[data-node=lint]")');
    const before = { places: await places(shown), camera: await camera(shown) };
    await shown.send({
      type: 'patch',
      base: 0,
      version: 1,
      patch: {
        upserts: [
          graphNode({
            id: 'test',
            kind: 'exec',
            name: 'RUN npm test',
            group: 'build',
            inputs: ['compile'],
          }),
        ],
        order: webShop.flatMap(({ id }) => (id === 'compile' ? ['compile', 'test'] : [id])),
      },
    });
    await node(shown, 'test').waitFor();
    expect(await nodes(shown).count()).toBe(webShop.length + 1);
    expect(await node(shown, 'test').locator('.new-mark').count()).toBe(1);
    expect(
      await shown.page.evaluate('window.mark === document.querySelector("[data-node=lint]")'),
    ).toBe(true);
    const after = await places(shown);
    const above = ['node', 'workdir', 'manifest', 'install', 'sources', 'lint', 'compile'];
    for (const id of above) expect([id, after.get(id)]).toEqual([id, before.places.get(id)]);
    expect(scaleOf(await camera(shown))).toBe(scaleOf(before.camera));
    expect(await sentOf(shown, 'ready')).toHaveLength(1);
    expect(await sentOf(shown, 'resync')).toHaveLength(0);
  });

  test('a removed step goes, and so does its selection', async () => {
    const shown = await show(graphOf(webShop));
    await node(shown, 'check').dispatchEvent('click');
    await shown.page.getByRole('region', { name: 'Selected step' }).waitFor();
    await shown.send({ type: 'patch', base: 0, version: 1, patch: { removes: ['check'] } });
    await expect.poll(() => nodes(shown).count(), wait).toBe(webShop.length - 1);
    expect(await shown.page.getByRole('region', { name: 'Selected step' }).count()).toBe(0);
  });

  test('states arrive as shape, text and colour, and nothing moves', async () => {
    const shown = await show(graphOf(webShop));
    const before = await places(shown);
    await shown.send({
      type: 'patch',
      base: 0,
      version: 1,
      patch: {
        status: { node: { state: 'cached' }, lint: { state: 'failed', error: 'exit code: 1' } },
      },
    });
    const cached = node(shown, 'node');
    expect(await cached.getAttribute('class')).toContain('border-double');
    expect(await cached.locator('.detail').textContent()).toBe('cached');
    const failed = node(shown, 'lint');
    expect(await failed.locator('.badge-octagon').count()).toBe(1);
    expect(await item(shown, 'lint').getAttribute('aria-label')).toContain('failed');
    expect(await places(shown)).toEqual(before);
    await expect
      .poll(() => shown.page.getByRole('status').textContent(), wait)
      .toContain('Failed: RUN npm run lint');
  });

  test('a patch that does not fit asks for everything again', async () => {
    const shown = await show(graphOf(webShop));
    await shown.send({ type: 'patch', base: 5, version: 6, patch: { removes: ['lint'] } });
    expect(await sentOf(shown, 'resync')).toHaveLength(1);
    expect(await nodes(shown).count()).toBe(webShop.length);
    await shown.send({
      type: 'snapshot',
      version: 6,
      graph: graphOf(webShop.slice(0, 5)),
      context,
    });
    await expect.poll(() => nodes(shown).count(), wait).toBe(5);
  });

  test('messages that are none are dropped', async () => {
    const shown = await show(graphOf(webShop));
    await shown.page.evaluate(`
      window.postMessage({ v: 1, type: 'patch', base: 0, version: 1, patch: { removes: [1] } }, '*');
      window.postMessage({ v: 2, type: 'select', node: 'lint', reveal: true }, '*');
      window.postMessage('snapshot', '*');
    `);
    await shown.send({ type: 'select', node: 'node', reveal: false });
    await expect.poll(() => item(shown, 'node').getAttribute('aria-selected'), wait).toBe('true');
    expect(await nodes(shown).count()).toBe(webShop.length);
  });

  test('two requests in a row: the newer graph is drawn', async () => {
    const shown = await show(graphOf(webShop));
    await shown.send({ type: 'snapshot', version: 1, graph: graphOf(manyStages(14, 8)), context });
    await shown.send({
      type: 'snapshot',
      version: 2,
      graph: graphOf(webShop.slice(1, 4)),
      context,
    });
    await expect.poll(() => nodes(shown).count(), wait).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await nodes(shown).count()).toBe(3);
    expect(await shown.page.locator('.group-box').count()).toBe(1);
  });

  test('what is dropped goes to the host by its address', async () => {
    const shown = await show(graphOf(webShop));
    await inPage(
      shown,
      `(() => {
        const data = new DataTransfer();
        data.setData('text/uri-list', '# two of them\\r\\nfile:///a/Dockerfile\\r\\nllb-record:/1');
        const target = document.querySelector('.surface');
        for (const type of ['dragover', 'drop'])
          target.dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
          );
      })()`,
    );
    const uris = (await sentOf(shown, 'drop')).map((message) => message.uris);
    expect(uris).toEqual([['file:///a/Dockerfile', 'llb-record:/1']]);
  });

  test('camera, selection, tab and panel size come back after a reload', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await node(shown, 'install').click();
    await shown.page.getByRole('tab', { name: 'Log' }).click();
    await shown.page.getByRole('separator').press('ArrowLeft');
    const before = await camera(shown);
    await shown.page.locator('.picture').hover();
    await shown.page.mouse.wheel(0, 60);
    // Where the wheel leads to is written down when the picture has come to rest there.
    const atRest = async () => {
      const [state, where] = [await shown.state(), await camera(shown)];
      return where !== before && rememberedCamera(state) === where;
    };
    await expect.poll(atRest, wait).toBe(true);
    const [state, where] = [await shown.state(), await camera(shown)];
    expect(state).toMatchObject({ uri: context.uri, selected: 'install', tab: 'log' });
    await shown.close();
    const again = await show(graphOf(webShop, midBuild), { state });
    expect(await item(again, 'install').getAttribute('aria-selected')).toBe('true');
    expect(await again.page.getByRole('tab', { name: 'Log' }).getAttribute('aria-selected')).toBe(
      'true',
    );
    expect(await again.page.getByRole('separator').getAttribute('aria-valuenow')).toBe('41');
    expect(await camera(again)).toBe(where);
  });

  test('the state of another file is not taken over', async () => {
    const state = {
      v: 1,
      uri: 'file:///other',
      camera: { x: 9, y: 9, k: 2 },
      selected: 'node',
      tab: 'log',
      split: 0.5,
    };
    const shown = await show(graphOf(webShop), { state });
    expect(await camera(shown)).not.toContain('scale(2)');
    expect(await shown.page.locator('[data-node] [aria-selected=true]').count()).toBe(0);
  });

  test('the worst names stay text everywhere', async () => {
    const evil = '"><img src=x onerror="alert(1)"><script>alert(2)</script>';
    const graph = graphOf([
      { id: evil, kind: 'exec', name: `RUN ${evil}`, group: evil, line: 1 },
      { id: '__proto__', kind: 'file', name: '__proto__', inputs: [`copy:${evil}`] },
    ]);
    const shown = await show({
      ...graph,
      notes: [evil],
      status: { [evil]: { state: 'failed', error: evil, logBytes: 9, started: 1 } },
    });
    await shown.send({
      type: 'context',
      context: { ...context, title: evil, builder: { state: 'unavailable', text: evil } },
    });
    await nodes(shown).first().click();
    await shown.page.getByRole('tab', { name: 'Log' }).click();
    await shown.send({ type: 'log', node: evil, from: 0, text: evil, next: 9 });
    await shown.page.getByRole('log').getByText(evil).waitFor();
    expect(await shown.page.locator('img, svg script, main script').count()).toBe(0);
    expect(await shown.page.locator('h1').textContent()).toBe(evil);
  });

  test('texts come from the host', async () => {
    const shown = await show(graphOf(webShop), { strings: { 'action.build': 'Bauen' } });
    await shown.page.getByRole('button', { name: 'Bauen' }).waitFor();
  });

  test('an untrusted workspace and a missing BuildKit are named with their remedies', async () => {
    const shown = await show(graphOf(webShop));
    const { page, send } = shown;
    const build = page.getByRole('button', { name: 'Build', exact: true });
    expect(await build.isEnabled()).toBe(true);
    await send({ type: 'context', context: { ...context, trusted: false } });
    expect(await build.isEnabled()).toBe(false);
    await page.getByRole('button', { name: 'Manage Workspace Trust' }).click();
    await send({
      type: 'context',
      context: { ...context, builder: { state: 'unavailable', text: 'Is Docker running?' } },
    });
    expect(await build.isEnabled()).toBe(false);
    await page.getByText('Is Docker running?').waitFor();
    await page.locator('.notice').getByRole('button', { name: 'Select Builder…' }).click();
    await send({ type: 'context', context });
    await build.click();
    await send({ type: 'context', context: { ...context, build: { state: 'running', text: '' } } });
    await page.getByRole('button', { name: 'Stop' }).click();
    const commands = (await sentOf(shown, 'command')).map(({ command }) => command);
    expect(commands).toEqual(['manageTrust', 'selectBuilder', 'build', 'stop']);
  });

  test('a build to look at only offers neither Build nor Debug', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    expect(await shown.page.getByRole('button', { name: 'Debug' }).isVisible()).toBe(true);
    await shown.send({ type: 'context', context: { ...context, lookOnly: true } });
    await expect
      .poll(() => shown.page.getByRole('button', { name: /^(Build|Debug|Stop)$/ }).count(), wait)
      .toBe(0);
  });

  test('what the next build would do stands in the header, and shows its steps', async () => {
    const prediction = { outcome: 'run', duration: 12_000 } as const;
    const shown = await show(graphOf(webShop, { install: { state: 'done', prediction } }));
    const { page } = shown;
    const totals = { cached: 13, run: 1, unknown: 0, duration: 12_000 };
    await shown.send({ type: 'context', context: { ...context, prediction: totals } });
    await page.getByRole('button', { name: 'Next build: 1 step runs · 12 s' }).click();
    await page.getByText('– of 1').waitFor();
    expect(await node(shown, 'install').getAttribute('class')).not.toContain('dimmed');
    expect(await page.locator('.node.dimmed').count()).toBe(webShop.length - 1);
    const saving = { file: 'app.js', run: 4, duration: 40_000 };
    await shown.send({
      type: 'context',
      context: { ...context, prediction: { ...totals, saving } },
    });
    await page.getByRole('button', { name: 'Saving app.js runs 4 steps again · 40 s' }).waitFor();
  });

  test.each([300, 360, 500, 700, 1000])(
    'in a panel of %i pixels the end of a build moves nothing below the header',
    async (width) => {
      const shown = await show(graphOf(webShop), { width });
      const tops: unknown[] = [];
      for (const build of [
        { state: 'none', text: '' },
        { state: 'running', text: 'Building…' },
        { state: 'stopped', text: 'Stopped in the debugger' },
        { state: 'cancelled', text: 'Build cancelled' },
      ] as const) {
        const builder = {
          state: 'connected',
          text: 'BuildKit 0.32 (remote-builder-of-the-team)',
        } as const;
        const saving = { file: 'app.js', run: 4, duration: 40_000 };
        const prediction = { cached: 10, run: 4, unknown: 0, duration: 12_000, saving };
        await shown.send({ type: 'context', context: { ...context, builder, build, prediction } });
        tops.push(
          await inPage(
            shown,
            `(() => {
               const buttons = [...document.querySelectorAll('.header button:not([hidden])')];
               const right = Math.max(...buttons.map((e) => e.getBoundingClientRect().right));
               if (right > innerWidth) throw new Error('a button ends at ' + right);
               if (buttons.some((e) => e.getBoundingClientRect().width < 24))
                 throw new Error('a button is too small to be hit');
               return document.querySelector('.graph').getBoundingClientRect().top;
             })()`,
          ),
        );
      }
      expect(new Set(tops).size).toBe(1);
    },
  );
});

/** The webview's page in a real browser, under its real policy, with a stand-in for the host. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WEBVIEW_PROTOCOL } from '../../proto/messages/webview';
import type { FromWebview } from '../../proto/messages/webview';
import { emptyGraph } from '../../proto/model/build-graph';
import type { BuildGraph, NodeStatus } from '../../proto/model/build-graph';
import { webviewStrings } from '../../proto/messages/webview-strings';
import { actionNames, graphActions, tools, type ActionName } from '../../webview/graph-actions';
import { graphText } from '../../webview/picture/export';
import { textsFrom } from '../../webview/picture/texts';
import { parseSavedState } from '../../webview/saved-state';
import { chromium } from '../env/context';
import { context, startWorkbench } from '../webview/page';
import { unreached } from '../webview/keyboard';
import type { OpenOptions, View, Workbench } from '../webview/page';
import {
  closure,
  graphNode,
  graphOf,
  manyStages,
  midBuild,
  START,
  type NodeSpec,
  webShop,
} from '../webview/sample-graph';
import { themes } from '../webview/themes';

const executable = await chromium();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let workbench: Workbench;
let view: View | undefined;

async function show(graph: BuildGraph, options: OpenOptions = {}): Promise<View> {
  view = await workbench.open(options);
  await view.send({ type: 'snapshot', version: 0, graph, context });
  await expect.poll(() => nodes(requireView()).count(), wait).toBe(graph.nodes.length);
  await view.page.locator('[data-layout=done]').waitFor();
  return view;
}

const wait = { timeout: 30_000, interval: 50 };
/** Whether the log is scrolled to its end. */
const atLogEnd =
  '(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)' +
  "(document.querySelector('.log-scroller'))";
const requireView = (): View => {
  if (view === undefined) throw new Error('no page is open');
  return view;
};
const nodes = ({ page }: View) => page.locator('[data-node]');
const node = ({ page }: View, id: string) => page.locator(`[data-node="${id}"]`);
/** The node as assistive technology meets it. */
const item = (shown: View, id: string) => node(shown, id).getByRole('treeitem');
/** The value of an expression in the page. */
const inPage = ({ page }: View, expression: string): Promise<unknown> => page.evaluate(expression);

/** The messages of one type that the page has sent. */
async function sentOf<T extends FromWebview['type']>(
  { sent }: View,
  type: T,
): Promise<readonly Extract<FromWebview, { type: T }>[]> {
  return (await sent()).filter(
    (message): message is Extract<FromWebview, { type: T }> => message.type === type,
  );
}

/** The place of every node on screen, by id. */
async function places({ page }: View): Promise<ReadonlyMap<string, string>> {
  const found: unknown = await page.evaluate(
    `[...document.querySelectorAll('[data-node]')].map((e) => {
       const { x, y } = e.querySelector('.card').getBoundingClientRect();
       return [e.dataset.node, Math.round(x) + ',' + Math.round(y)];
     })`,
  );
  if (!Array.isArray(found)) throw new Error('no places');
  return new Map(
    found.map((entry: unknown) =>
      Array.isArray(entry) ? [String(entry[0]), String(entry[1])] : ['', ''],
    ),
  );
}

const camera = ({ page }: View): Promise<string | null> =>
  page.locator('.camera').getAttribute('transform');
const rememberedCamera = (state: unknown): string | undefined => {
  const at = parseSavedState(state)?.camera;
  return at === undefined ? undefined : `translate(${at.x},${at.y}) scale(${at.k})`;
};
const scaleOf = (transform: string | null): string | undefined =>
  /scale\(.*\)/.exec(transform ?? '')?.[0];
const focused = ({ page }: View): Promise<unknown> =>
  page.evaluate(
    `document.activeElement?.closest('[data-node]')?.getAttribute('data-node') ?? null`,
  );

/** What the page remembers after all stages of {@link manyStages} were opened. */
const allOpen = (stages: number): unknown => ({
  v: 1,
  uri: context.uri,
  tab: 'details',
  split: 0.4,
  choices: {
    stages: Object.fromEntries(Array.from({ length: stages }, (_, at) => [`stage-${at}`, true])),
  },
});

async function boxOf(
  { page }: View,
  id: string,
): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator(`[data-node="${id}"] .card`).boundingBox();
  if (box === null) throw new Error(`${id} is not drawn`);
  return box;
}

/**
 * The blocks of 8 by 8 pixels in which two pictures differ, the second one of twice the size: by more
 * than the edges of letters do, which browsers draw a little differently on a canvas.
 */
async function differingBlocks(page: Page, one: string, other: string): Promise<unknown> {
  const blank = await page.context().newPage();
  try {
    return await blank.evaluate(
      `(async () => {
        const read = async (data, scale) => {
          const image = new Image();
          image.src = 'data:image/png;base64,' + data;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width / scale, image.height / scale);
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0, canvas.width, canvas.height);
          return canvas;
        };
        const [a, b] = [await read('${one}', 1), await read('${other}', 2)];
        const width = Math.min(a.width, b.width), height = Math.min(a.height, b.height);
        if (width < 400 || height < 400) return ['too small: ' + width + ' by ' + height];
        const pixels = (canvas) => canvas.getContext('2d').getImageData(0, 0, width, height).data;
        const [p, q] = [pixels(a), pixels(b)];
        const found = [];
        for (let y = 0; y + 8 <= height; y += 8)
          for (let x = 0; x + 8 <= width; x += 8) {
            const sums = [0, 0, 0];
            for (let dy = 0; dy < 8; dy += 1)
              for (let dx = 0; dx < 8; dx += 1)
                for (let c = 0; c < 3; c += 1) {
                  const at = 4 * ((y + dy) * width + x + dx) + c;
                  sums[c] += p[at] - q[at];
                }
            const most = Math.max(...sums.map((sum) => Math.abs(sum) / 64));
            if (most > 24) found.push(x + ',' + y + ': ' + Math.round(most));
          }
        return found;
      })()`,
    );
  } finally {
    await blank.close();
  }
}

/** @param rules `colours` asks only for what can differ between themes: the elements are the same */
async function violations(page: Page, rules: 'all' | 'colours' = 'all'): Promise<unknown> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe);
  const options = rules === 'all' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] };
  return page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) =>
       id + ': ' + nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')))`,
  );
}

describe.skipIf(executable === undefined)('the graph page', () => {
  beforeAll(async () => {
    workbench = await startWorkbench({ onePage: true });
  });
  afterAll(() => workbench.close());
  afterEach(async () => {
    const { problems, close } = requireView();
    await close();
    view = undefined;
    // Neither script errors nor violations of the content security policy.
    expect(problems).toEqual([]);
  });

  test('says it waits, and how to begin when there is nothing to show', async () => {
    view = await workbench.open();
    await view.page.getByText('Loading the build graph…').waitFor();
    await view.send({ type: 'snapshot', version: 0, graph: emptyGraph, context });
    await view.page.getByText('No steps yet').waitFor();
    expect(await view.page.getByRole('button', { name: 'Build', exact: true }).isEnabled()).toBe(
      true,
    );
  });

  test('draws a card for every node, a line for every edge, a box for every stage', async () => {
    const { page } = await show(graphOf(webShop, midBuild));
    expect(await nodes(requireView()).count()).toBe(webShop.length);
    const lines = async (kind: string): Promise<number> => {
      const paths = await page.locator(`.camera ${kind} .line`).all();
      const ways = await Promise.all(paths.map((path) => path.getAttribute('d')));
      return ways.join('').split('M').length - 1;
    };
    expect(await lines('.edge')).toBe(16);
    expect(await page.locator('.group-box').count()).toBe(3);
    expect(await lines('.edge-copy')).toBe(5);
    expect(await lines('.edge-mount')).toBe(1);
    const label = await item(requireView(), 'install').getAttribute('aria-label');
    expect(label).toBe(
      'RUN --mount=type=cache,target=/root/.npm npm ci --no-audit, Command, deps, step 4 of 4, done, 12 s, 1 input',
    );
    await page.getByText('14 steps · 2 running · 4 cached · 5 done').first().waitFor();
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

  test('selection goes both ways', async () => {
    const shown = await show(graphOf(webShop));
    await node(shown, 'workdir').click();
    expect(await sentOf(shown, 'select')).toEqual([
      { v: 1, type: 'select', node: 'workdir', openSource: true },
    ]);
    await shown.page.getByRole('heading', { name: 'WORKDIR /app' }).waitFor();
    await shown.send({ type: 'select', node: 'check', reveal: true });
    expect(await item(shown, 'check').getAttribute('aria-selected')).toBe('true');
    expect(await item(shown, 'workdir').getAttribute('aria-selected')).toBe('false');
    // What the host selects is not sent back to it, and comes into view.
    expect(await sentOf(shown, 'select')).toHaveLength(1);
    await expect
      .poll(async () => {
        const box = await node(shown, 'check').locator('.card').boundingBox();
        return box !== null && box.y > 0 && box.y + box.height < 860;
      }, wait)
      .toBe(true);

    // In a view that becomes smaller it does not end up behind the tools either.
    const { width, height } = shown.page.viewportSize() ?? { width: 0, height: 0 };
    await shown.page.setViewportSize({ width: 520, height: 620 });
    await expect
      .poll(async () => {
        const box = await node(shown, 'check').locator('.card').boundingBox();
        const tools = await shown.page.locator('.zoom-tools').boundingBox();
        return box !== null && tools !== null && box.y + box.height <= tools.y;
      }, wait)
      .toBe(true);
    await shown.page.setViewportSize({ width, height });
  });

  test('is worked by keyboard alone', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    const { keyboard } = shown.page;
    for (let presses = 0; presses < 12 && (await focused(shown)) === null; presses += 1)
      await keyboard.press('Tab');
    expect(await focused(shown)).toBe('context');
    const steps: readonly (readonly [key: string, at: string])[] = [
      ['ArrowDown', 'config'],
      ['ArrowUp', 'nginx'],
      ['ArrowDown', 'config'],
      ['End', 'check'],
      ['Home', 'node'],
      ['ArrowDown', 'workdir'],
      ['ArrowDown', 'manifest'],
      ['ArrowDown', 'install'],
    ];
    for (const [key, at] of steps) {
      await keyboard.press(key);
      expect([key, await focused(shown)]).toEqual([key, at]);
    }
    expect(await shown.page.locator('[data-node] [tabindex="0"]').count()).toBe(1);
    await keyboard.press('Enter');
    expect((await sentOf(shown, 'select')).at(-1)).toEqual({
      v: 1,
      type: 'select',
      node: 'install',
      openSource: true,
    });
    await keyboard.press('l');
    expect(await sentOf(shown, 'readLog')).toEqual([
      { v: 1, type: 'readLog', node: 'install', from: 0 },
    ]);
    const before = await camera(shown);
    await keyboard.press('+');
    await expect.poll(() => camera(shown), wait).not.toBe(before);
    await keyboard.press('0');
    await expect
      .poll(async () => {
        const box = await shown.page.locator('.camera').boundingBox();
        const room = await shown.page.locator('.surface').boundingBox();
        return box !== null && room !== null && box.height <= room.height && box.y >= room.y;
      }, wait)
      .toBe(true);
    await keyboard.press('Escape');
    await expect
      .poll(() => shown.page.getByRole('region', { name: 'Selected step' }).count(), wait)
      .toBe(0);
    expect(await focused(shown)).toBe('install');
  });

  test('every action has a key that does it, and every control is reached by Tab', async () => {
    const difference = { kind: 'changed', reasons: [] } as const;
    const shown = await show(
      graphOf(webShop, {
        ...midBuild,
        install: { state: 'done', difference, started: START, completed: START + 12_000 },
      }),
    );
    const { page } = shown;
    const comparison = { earlier: 1, later: 2, causes: [], removed: [], cached: 3 };
    const panel = (name: RegExp) => page.getByRole('region', { name });
    const toggles = async (key: string, name: RegExp): Promise<void> => {
      await page.keyboard.press(key);
      await panel(name).waitFor();
      expect([name, await unreached(page)]).toEqual([name, []]);
      await item(shown, 'install').focus();
      await page.keyboard.press(key);
      await panel(name).waitFor({ state: 'hidden' });
    };
    const moves = async (key: string): Promise<void> => {
      const before = await camera(shown);
      await page.keyboard.press(key);
      await expect.poll(() => camera(shown), wait).not.toBe(before);
    };
    const shrinks = async (key: string): Promise<void> => {
      await page.keyboard.press(key);
      await expect.poll(() => nodes(shown).count(), wait).toBeLessThan(webShop.length);
      await shown.page.locator('[data-layout=done]').waitFor();
      await expect.poll(() => focused(shown), wait).not.toBe(null);
      await page.keyboard.press(key);
      await expect.poll(() => nodes(shown).count(), wait).toBe(webShop.length);
    };
    const effects: Readonly<Record<ActionName, (key: string) => Promise<void>>> = {
      zoomIn: moves,
      zoomOut: moves,
      fit: moves,
      tidy: async (key) => {
        const before = await places(shown);
        await page.keyboard.press(key);
        await expect.poll(() => places(shown), wait).not.toEqual(before);
      },
      search: async (key) => {
        await page.keyboard.press(key);
        await page.getByRole('searchbox').waitFor();
        expect(await unreached(page)).toEqual([]);
        await page.getByRole('searchbox').press('Escape');
      },
      view: (key) => toggles(key, /What to show/),
      critical: async (key) => {
        await page.keyboard.press(key);
        await page.locator('.node.critical').first().waitFor();
      },
      timeline: (key) => toggles(key, /Timeline/),
      compare: async (key) => {
        await shown.send({ type: 'context', context: { ...context, comparison } });
        await panel(/Comparison/).waitFor();
        await item(shown, 'install').focus();
        await page.keyboard.press(key);
        await panel(/Comparison/).waitFor({ state: 'hidden' });
        await item(shown, 'install').focus();
        await toggles(key, /Comparison/);
      },
      legend: (key) => toggles(key, /Legend/),
      toggle: shrinks,
      log: async (key) => {
        await page.keyboard.press(key);
        await page.getByRole('tab', { name: 'Log', selected: true }).waitFor();
      },
      near: shrinks,
      ways: shrinks,
      escape: async (key) => {
        await page.keyboard.press('Enter');
        await panel(/Selected step/).waitFor();
        for (const tab of ['Details', 'Changes', 'Files', 'Log']) {
          await page.getByRole('tab', { name: tab }).focus();
          await page.keyboard.press('Enter');
          expect([tab, await unreached(page)]).toEqual([tab, []]);
        }
        await item(shown, 'install').focus();
        await page.keyboard.press(key);
        await panel(/Selected step/).waitFor({ state: 'hidden' });
      },
    };
    for (const name of actionNames) {
      for (const key of graphActions[name].keys) {
        await item(shown, 'install').focus();
        await effects[name](key);
      }
    }
    // Whatever has a button says there by which key it is done.
    for (const tool of tools) {
      const keys = graphActions[tool].keys.join(' ');
      expect(await page.locator(`.tool[aria-keyshortcuts="${keys}"]`).count()).toBe(1);
    }
  });

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

  test('of a large closure the steps nearest the result are drawn, and a search leads to any', async () => {
    const shown = (view = await workbench.open({}));
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

  test('as many steps as are drawn as elements make few elements', async () => {
    const shown = await show(graphOf(manyStages(11, 8)), { state: allOpen(11) });
    expect(await shown.page.locator('.canvas').isVisible()).toBe(false);
    expect(await inPage(shown, "document.querySelectorAll('*').length")).toBeLessThan(1500);
  });

  test('thousands of steps are drawn on a canvas, with few elements, and can be walked', async () => {
    view = await workbench.open({ state: allOpen(250) });
    const specs = manyStages(250, 8);
    await view.send({ type: 'snapshot', version: 0, graph: graphOf(specs), context });
    await view.page.locator('[data-layout=done]').waitFor();
    const shown = view;
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

  test('a saved page shows the steps, their details and what a search finds, with no network', async () => {
    const { page } = await show(graphOf(webShop, midBuild));
    const options = { texts: textsFrom(webviewStrings), title: 'Dockerfile </script>', now: START };
    // A page of the workbench would lend its policy.
    await page.goto('about:blank');
    await page.setContent(graphText(graphOf(webShop, midBuild), 'html', options));
    await page.locator('[data-node=lint]').click();
    await page
      .getByRole('complementary')
      .getByRole('heading', { name: 'RUN npm run lint' })
      .waitFor();
    await page.getByRole('button', { name: 'COPY . .' }).click();
    expect(await page.locator('.chosen').getAttribute('data-node')).toBe('sources');
    await page.getByRole('searchbox').fill('nginx');
    expect(await page.locator('[data-node]:not(.missed)').count()).toBe(4);
  });

  test('the map leads to where it is clicked, and stays away where it would cover the graph', async () => {
    const shown = await show(graphOf(manyStages(8, 8)), { state: allOpen(8) });
    const map = shown.page.locator('.minimap');
    await map.waitFor();
    const last = (await nodes(shown).count()) - 1;
    const isSeen = async (): Promise<boolean> => {
      const box = await nodes(shown).nth(last).boundingBox();
      return box !== null && box.y > 0 && box.y + box.height < 860;
    };
    expect(await isSeen()).toBe(false);
    const box = await map.locator('canvas').boundingBox();
    if (box === null) throw new Error('the map has no size');
    await map.locator('canvas').click({ position: { x: box.width / 2, y: box.height - 4 } });
    await expect.poll(isSeen, wait).toBe(true);
    await shown.page.setViewportSize({ width: 420, height: 860 });
    await map.waitFor({ state: 'hidden' });
  });

  test('Ctrl and the wheel zoom at the pointer, and a drag moves the picture', async () => {
    const shown = await show(graphOf(webShop));
    const { page } = shown;
    const before = await boxOf(shown, 'install');
    const middle = (box: typeof before) => ({
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
    });
    await page.mouse.move(middle(before).x, middle(before).y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -12);
    await page.keyboard.up('Control');
    await expect
      .poll(async () => (await boxOf(shown, 'install')).width, wait)
      .toBeGreaterThan(before.width * 1.1);
    const zoomed = await boxOf(shown, 'install');
    expect(middle(zoomed).x).toBeCloseTo(middle(before).x, 0);
    expect(middle(zoomed).y).toBeCloseTo(middle(before).y, 0);
    await page.mouse.down();
    await page.mouse.move(middle(before).x + 60, middle(before).y + 40, { steps: 4 });
    await page.mouse.up();
    const dragged = await boxOf(shown, 'install');
    expect(dragged.x - zoomed.x).toBeCloseTo(60, 0);
    expect(dragged.y - zoomed.y).toBeCloseTo(40, 0);
  });

  test('both painters paint the same picture', async () => {
    const status: Readonly<Record<string, NodeStatus>> = {
      ...midBuild,
      workdir: { state: 'cached', prediction: { outcome: 'run', duration: 3000 } },
      install: { state: 'done', prediction: { outcome: 'unknown' } },
      sources: { state: 'done', difference: { kind: 'changed', reasons: [] } },
      config: { state: 'failed', error: 'exit code: 1', warnings: [{ text: 'odd' }] },
      dist: { state: 'cancelled', difference: { kind: 'affected', reasons: [] } },
      check: { state: 'predicted-run', stops: ['main'] },
    };
    const shown = await show(graphOf(webShop, status), {
      theme: 'light',
      reducedMotion: true,
      width: 1400,
      height: 1400,
      state: { v: 1, uri: context.uri, camera: { x: 0, y: 0, k: 1 }, tab: 'log', split: 0.4 },
    });
    const surface = await shown.page.locator('.surface').boundingBox();
    if (surface === null) throw new Error('there is no surface');
    await shown.page.getByRole('button', { name: 'What to show' }).click();
    await shown.page.getByRole('button', { name: 'PNG' }).click();
    await expect.poll(async () => (await sentOf(shown, 'save')).length, wait).toBe(1);
    const [png] = await sentOf(shown, 'save');
    await shown.page.getByRole('button', { name: 'What to show' }).click();
    // What lies over the picture is no part of it; nor is what only the keyboard marks.
    await inPage(
      shown,
      `document.querySelectorAll('.graph > :not(.surface), .minimap').forEach((one) => one.remove())`,
    );
    const seen = await shown.page.screenshot({ clip: surface });
    expect(await differingBlocks(shown.page, seen.toString('base64'), png?.data ?? '')).toEqual([]);
  });

  test('a click on the canvas selects what is drawn there', async () => {
    // Without motion the focused step stands still as soon as it is in view.
    view = await workbench.open({ state: allOpen(60), reducedMotion: true });
    const shown = view;
    await view.send({ type: 'snapshot', version: 0, graph: graphOf(manyStages(60, 8)), context });
    await view.page.locator('[data-layout=done]').waitFor();
    // The one with the keyboard is an element too, which tells where on the canvas it is drawn.
    await inPage(shown, 'document.querySelector(\'[role=treeitem][tabindex="0"]\').focus()');
    const box = await view.page.locator('[role=treeitem][tabindex="0"]').boundingBox();
    const id = await focused(view);
    if (box === null) throw new Error('nothing is drawn');
    await inPage(shown, "document.querySelector('.picture .nodes').remove()");
    await view.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await expect
      .poll(async () => (await sentOf(shown, 'select')).at(-1), wait)
      .toMatchObject({
        node: id,
        openSource: true,
      });
  });

  test('a large build begins with its stages closed; E opens one and closes it again', async () => {
    view = await workbench.open();
    const shown = view;
    await view.send({ type: 'snapshot', version: 0, graph: graphOf(manyStages(12, 8)), context });
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
    view = await workbench.open();
    const shown = view;
    await view.send({ type: 'snapshot', version: 0, graph: graphOf(manyStages(12, 8)), context });
    await view.page.locator('[data-layout=done]').waitFor();
    await view.send({ type: 'select', node: '5.3', reveal: true });
    const name = shown.page.locator('.node.selected [role=treeitem]');
    await expect.poll(() => name.getAttribute('aria-label'), wait).toMatch(/^stage-5,/);
    expect(await shown.page.locator('.step-name').textContent()).toBe('RUN make 3');
  });

  test('the menu turns the picture, and F looks at what is near a step', async () => {
    const shown = await show(graphOf(webShop));
    const { page } = shown;
    const wide = async (): Promise<boolean> => {
      const [first, second] = [await boxOf(shown, 'workdir'), await boxOf(shown, 'manifest')];
      return second.x >= first.x + first.width;
    };
    expect(await wide()).toBe(false);
    await page.getByRole('button', { name: 'What to show' }).click();
    await page.getByRole('radio', { name: 'Left to right' }).check();
    await expect.poll(wide, wait).toBe(true);
    expect(await shown.state()).toMatchObject({ direction: 'right' });
    await item(shown, 'lint').focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused(shown)).toBe('compile');
    await page.keyboard.press('f');
    await expect.poll(() => page.locator('[data-node]').count(), wait).toBeLessThan(webShop.length);
    expect(await page.locator('[data-node=workdir]').count()).toBe(0);
  });

  test.each([
    ['the input first', ['openssl', 'git']],
    ['the input last', ['git', 'openssl']],
  ])('the menu shows the ways between the two steps selected last, %s', async (_, [one, two]) => {
    const built = (id: string, ...inputs: string[]): NodeSpec => ({
      ...{ id, kind: 'exec', name: `build ${id}` },
      inputs: inputs.map((input) => `mount:${input}`),
    });
    const closure = [
      ...[built('zlib'), built('openssl', 'zlib'), built('curl', 'openssl')],
      ...[built('python', 'openssl', 'zlib'), built('git', 'curl', 'python', 'zlib')],
      ...[built('vim', 'python'), built('environment', 'git', 'vim')],
    ];
    const shown = await show(graphOf(closure));
    const { page } = shown;
    const all = async (): Promise<string[]> => {
      const drawn: string[] = [];
      for (const { id } of closure) {
        if ((await page.locator(`[data-node=${id}]`).count()) > 0) drawn.push(id);
      }
      return drawn.sort();
    };
    await item(shown, 'vim').click();
    await item(shown, one ?? '').click();
    await item(shown, two ?? '').click();
    await page.getByRole('button', { name: 'What to show' }).click();
    const parts = page.locator('#view-menu select').first();
    await parts.selectOption({ label: 'the ways between the two steps selected last' });
    await expect.poll(all, wait).toEqual(['curl', 'git', 'openssl', 'python']);
    await item(shown, one ?? '').focus();
    await page.keyboard.press('w');
    await expect.poll(all, wait).toHaveLength(closure.length);
    await item(shown, 'python').focus();
    await page.keyboard.press('w');
    await expect.poll(all, wait).toEqual(['environment', 'git', 'python', 'vim']);
  });

  test('a comparison opens below the graph, dims what is the same, and leads to what differs', async () => {
    const difference = {
      kind: 'changed',
      reasons: [{ kind: 'file.changed', values: ['package.json'] }],
    } as const;
    const shown = await show(graphOf(webShop, { manifest: { state: 'done', difference } }));
    const { page } = shown;
    expect(await page.locator('.dimmed').count()).toBe(0);
    const step = { node: 'manifest', name: 'COPY package.json ./' };
    const affected = [{ node: 'install', name: 'RUN npm ci' }];
    const cause = {
      step,
      kind: 'changed',
      reasons: difference.reasons,
      affected,
      duration: 9,
    } as const;
    const comparison = { earlier: 1, later: 2, causes: [cause], removed: ['RUN old'], cached: 3 };
    await shown.send({ type: 'context', context: { ...context, comparison } });
    const panel = page.getByRole('region', { name: 'Comparison' });
    await panel.getByText('The file package.json has changed.').waitFor();
    // Any two builds may be compared, so it says which.
    await panel.getByRole('heading', { name: /^The build of .*, against that of / }).waitFor();
    expect(await panel.getByRole('listitem').allInnerTexts()).toContainEqual(
      expect.stringMatching(/RUN old\s+gone/),
    );
    expect(await node(shown, 'manifest').getAttribute('class')).not.toContain('dimmed');
    expect(await node(shown, 'node').getAttribute('class')).toContain('dimmed');
    await panel.getByRole('button', { name: 'RUN npm ci' }).press('Enter');
    expect((await sentOf(shown, 'select')).at(-1)).toMatchObject({ node: 'install' });
    await panel.getByRole('button', { name: 'RUN npm ci' }).press('Escape');
    await panel.waitFor({ state: 'hidden' });
    expect(await page.locator('.dimmed').count()).toBe(0);

    // What is in the editor has no time of its own; it follows what is typed, and opens but once.
    const now = { earlier: 1, causes: [cause], removed: [], cached: 3 };
    await shown.send({ type: 'context', context: { ...context, comparison: now } });
    await panel.getByRole('heading', { name: 'as it is in the editor, against' }).waitFor();
    await shown.send({
      type: 'context',
      context: { ...context, comparison: { ...now, causes: [] } },
    });
    await panel.getByText('No step differs.').waitFor();
    await panel.getByRole('button', { name: 'Close' }).press('Escape');
    await shown.send({ type: 'context', context: { ...context, comparison: now } });
    expect(await panel.isVisible()).toBe(false);
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

  test('pages that are closed leave no worker, document, listener or memory behind', async () => {
    view = await workbench.open();
    const { page } = view;
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
    const after = await left();
    expect(after.documents).toBeLessThanOrEqual(before.documents);
    expect(after.nodes).toBeLessThanOrEqual(before.nodes);
    expect(after.jsEventListeners).toBeLessThanOrEqual(before.jsEventListeners);
    expect(after.usedSize - before.usedSize).toBeLessThan(300_000);
  });

  test('the timeline shows what ran when, and shares its selection with the graph', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    const { page } = shown;
    await page.getByRole('button', { name: 'Timeline' }).click();
    const panel = page.getByRole('region', { name: 'Timeline' });
    await panel.waitFor();
    const bar = page.locator('[data-bar=install]');
    expect(await bar.getAttribute('aria-label')).toContain('done, 12 s');
    expect(await page.locator('.timeline-totals').textContent()).toContain('4 of 14 steps');
    const sheet = page.locator('.timeline-sheet');
    const width = async () => (await sheet.boundingBox())?.width ?? 0;
    const whole = await width();
    await bar.focus();
    await page.keyboard.press('+');
    await expect.poll(width, wait).toBeCloseTo(whole * 1.25, 0);
    await bar.hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await expect.poll(width, wait).toBeCloseTo(whole * 1.25 ** 2, 0);
    await bar.focus();
    await page.keyboard.press('0');
    await expect.poll(width, wait).toBeCloseTo(whole, 0);
    const prediction = { outcome: 'cached', duration: 7000 } as const;
    await shown.send({
      type: 'patch',
      base: 0,
      version: 1,
      patch: {
        status: {
          manifest: { state: 'cached', completed: START, prediction },
          install: { state: 'done', started: START + 5000, completed: START + 9000 },
        },
      },
    });
    await panel.getByText('the cache saved about 7.0 s').waitFor();
    await panel.getByTitle('waited 5.0 s').waitFor();
    await bar.focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-node=install].selected').waitFor();
    await shown.send({ type: 'select', node: 'lint', reveal: true });
    await page.locator('[data-bar=lint][aria-pressed=true]').waitFor();
    await bar.focus();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
  });

  test('the lanes of the timeline are stages, or what ran at once, or platforms', async () => {
    const platforms = webShop.map((step, index) => ({
      ...step,
      platform: index % 2 === 0 ? 'linux/amd64' : 'linux/arm64',
    }));
    const plain = await show(graphOf(webShop, midBuild));
    const lanes = (of: View): Promise<readonly string[]> =>
      of.page.locator('.lane-name').allTextContents();
    const choose = async ({ page }: View, key: string): Promise<void> => {
      await page.getByRole('combobox', { name: 'Lanes' }).focus();
      await page.keyboard.press(key);
    };
    await plain.page.getByRole('button', { name: 'Timeline' }).click();
    const stages = await lanes(plain);
    expect(stages).toContain('Sources and others');
    // By keyboard; where there is one platform nothing can be told apart by it.
    await choose(plain, 'ArrowDown');
    await expect.poll(() => lanes(plain), wait).toContain('Slot 1');
    await plain.page.getByRole('group', { name: 'Slot 1' }).waitFor();
    await choose(plain, 'ArrowDown');
    expect(await lanes(plain)).toContain('Slot 1');
    await expect.poll(() => plain.state(), wait).toMatchObject({ lanes: 'slot' });
    const state = await plain.state();
    await plain.close();
    const again = await show(graphOf(platforms, midBuild), { state });
    await again.page.getByRole('button', { name: 'Timeline' }).click();
    await expect.poll(() => lanes(again), wait).toContain('Slot 1');
    await choose(again, 'End');
    await expect.poll(() => lanes(again), wait).toContain('linux/arm64');
    await again.page.keyboard.press('Home');
    await expect.poll(async () => (await lanes(again)).join(), wait).toContain('linux/arm64');
    expect((await lanes(again)).length).toBeGreaterThanOrEqual(stages.length);
  });

  test('what is drawn goes to the host as a file', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await shown.page.getByRole('button', { name: 'What to show' }).click();
    const group = shown.page.getByRole('group', { name: 'Save as' });
    const saved = async (format: string): Promise<string> => {
      await group.getByRole('button', { name: format }).click();
      const isSave = (message: FromWebview): boolean =>
        message.type === 'save' && message.format.toUpperCase() === format;
      await expect.poll(async () => (await shown.sent()).some(isSave), wait).toBe(true);
      const last = (await shown.sent()).findLast(isSave);
      return last?.type === 'save' ? last.data : '';
    };
    const svg = await saved('SVG');
    expect(svg).toContain('<svg xmlns="http://www.w3.org/2000/svg"');
    expect(svg.match(/data-node=/g)).toHaveLength(webShop.length);
    expect(
      Buffer.from(await saved('PNG'), 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(JSON.parse(await saved('JSON'))).toMatchObject({ nodes: { length: webShop.length } });
    expect(await saved('DOT')).toMatch(/^digraph/);
    expect(await saved('MMD')).toMatch(/^flowchart|^graph/);
  });

  test('a build to look at only offers neither Build nor Debug', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    expect(await shown.page.getByRole('button', { name: 'Debug' }).isVisible()).toBe(true);
    await shown.send({ type: 'context', context: { ...context, lookOnly: true } });
    await expect
      .poll(() => shown.page.getByRole('button', { name: /^(Build|Debug|Stop)$/ }).count(), wait)
      .toBe(0);
  });

  test('a card comes where the pointer rests', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    await node(shown, 'install').hover();
    const card = shown.page.locator('.hover-card');
    await card.waitFor();
    expect(await card.textContent()).toContain('RUN --mount=type=cache,target=/root/.npm npm ci');
    await shown.page.mouse.move(2, 200);
    await card.waitFor({ state: 'hidden' });
  });

  test('a search dims what it does not find and leads from one step to the next', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    const { page } = shown;
    await node(shown, 'context').click();
    await page.keyboard.press('/');
    await page.keyboard.type('stage:build run');
    await page.getByText('– of 2').waitFor();
    expect(await node(shown, 'lint').getAttribute('class')).not.toContain('dimmed');
    expect(await node(shown, 'node').getAttribute('class')).toContain('dimmed');
    await page.keyboard.press('Enter');
    await page.getByText('1 of 2').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 of 2').waitFor();
    expect((await sentOf(shown, 'select')).slice(-2)).toMatchObject([
      { node: 'lint', openSource: false },
      { node: 'compile', openSource: false },
    ]);
    await page.keyboard.press('Escape');
    expect(await focused(shown)).toBe('compile');
    expect(await page.locator('.dimmed').count()).toBe(0);
  });

  test('the critical path is told in words and drawn on demand', async () => {
    const shown = await show(
      graphOf(webShop, { install: midBuild['install'] ?? { state: 'done' } }),
    );
    await shown.page.getByText('critical path 12 s').waitFor();
    await node(shown, 'context').click();
    await shown.page.keyboard.press('c');
    expect(await shown.page.locator('.node.critical').count()).toBe(1);
    expect(await item(shown, 'install').getAttribute('aria-label')).toContain('critical path');
    const toggle = shown.page.getByRole('button', { name: 'critical path' });
    expect(await toggle.getAttribute('aria-pressed')).toBe('true');
  });

  test('a storm of patches moves nothing', async () => {
    const specs = manyStages(125, 8);
    view = await workbench.open();
    const shown = view;
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

  test('tidying needs its engine, and says so when that is missing', async () => {
    const shown = await show(graphOf(webShop), { withoutEngine: true });
    await shown.page.getByRole('button', { name: 'Tidy up' }).click();
    await shown.page.getByText('The layout could not be tidied').waitFor();
    expect(await nodes(shown).count()).toBe(webShop.length);
  });

  test('tidying lays the same steps out anew', async () => {
    const shown = await show(graphOf(webShop));
    const before = await places(shown);
    await shown.page.getByRole('button', { name: 'Tidy up' }).click();
    await expect.poll(() => places(shown), wait).not.toEqual(before);
    expect(await nodes(shown).count()).toBe(webShop.length);
  });

  test('motion stops where it is unwanted', async () => {
    const shown = await show(graphOf(webShop, midBuild), { reducedMotion: true });
    expect(
      await inPage(
        shown,
        "getComputedStyle(document.querySelector('.picture .badge-ring')).animationName",
      ),
    ).toBe('none');
  });

  test('texts come from the host', async () => {
    const shown = await show(graphOf(webShop), { strings: { 'action.build': 'Bauen' } });
    await shown.page.getByRole('button', { name: 'Bauen' }).waitFor();
  });

  describe.each(Object.keys(themes).filter((name): name is keyof typeof themes => name in themes))(
    'in the theme %s',
    (theme) => {
      test('has no accessibility violations, whatever is open', async () => {
        const rules = theme === 'dark' ? 'all' : 'colours';
        const difference = { kind: 'changed', reasons: [] } as const;
        const shown = await show(
          graphOf(webShop, {
            ...midBuild,
            lint: { state: 'failed', error: 'exit code: 1' },
            install: { state: 'done', difference, prediction: { outcome: 'run' } },
          }),
          { theme },
        );
        const { page } = shown;
        await shown.send({
          type: 'context',
          context: {
            ...context,
            builder: { state: 'unavailable', text: 'Is Docker running?' },
            prediction: { cached: 13, run: 1, unknown: 0, duration: 12_000 },
          },
        });
        await node(shown, 'install').click();
        await page.keyboard.press('?');
        await page.getByRole('region', { name: 'Legend' }).waitFor();
        expect(await violations(page, rules)).toEqual([]);
        await page.getByRole('tab', { name: 'Log' }).click();
        await shown.send({ type: 'log', node: 'install', from: 0, text: 'plain\n', next: 900 });
        await page.getByRole('button', { name: 'Timeline' }).click();
        await page.getByRole('button', { name: 'What to show' }).click();
        await page.locator('[data-bar]').first().waitFor();
        expect(await violations(page, rules)).toEqual([]);
        const step = { node: 'install', name: 'RUN npm ci' };
        const cause = { step, kind: 'changed', reasons: [], affected: [], duration: 9 } as const;
        const comparison = { earlier: 1, later: 2, causes: [cause], removed: ['RUN x'], cached: 3 };
        await page.getByRole('tab', { name: 'Changes' }).click();
        await shown.send({ type: 'context', context: { ...context, comparison } });
        await page.getByRole('region', { name: 'Comparison' }).waitFor();
        await page.getByRole('button', { name: 'Search' }).click();
        await page.keyboard.type('run');
        expect(await violations(page, rules)).toEqual([]);
        await page.getByRole('tab', { name: 'Files' }).click();
        const entry = { mode: 0o644, size: 1200, modified: START };
        await shown.send({
          type: 'layer',
          node: 'install',
          path: '/',
          entries: [
            { ...entry, name: 'etc', kind: 'directory' },
            { ...entry, name: 'init', kind: 'file' },
          ],
        });
        expect(await violations(page, rules)).toEqual([]);
      });
    },
  );
});

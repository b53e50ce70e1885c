/** The picture itself: cards and lines, camera and map, and the files that are made of it. */
import { type Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type FromWebview } from '../../../proto/messages/webview';
import { type NodeStatus } from '../../../proto/model/build-graph';
import { webviewStrings } from '../../../proto/messages/webview-strings';
import { graphText } from '../../../webview/picture/export';
import { textsFrom } from '../../../webview/picture/texts';
import { allOpen, context } from '../../webview/page';
import { graphOf, manyStages, midBuild, START, webShop } from '../../webview/sample-graph';
import {
  boxOf,
  describeGraphPage,
  focused,
  inPage,
  item,
  node,
  nodes,
  places,
  sentOf,
  show,
  wait,
} from './graph-page';

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

describeGraphPage(() => {
  test('draws a card for every node, a line for every edge, a box for every stage', async () => {
    const shown = await show(graphOf(webShop, midBuild));
    const { page } = shown;
    expect(await nodes(shown).count()).toBe(webShop.length);
    const lines = async (kind: string): Promise<number> => {
      const paths = await page.locator(`.camera ${kind} .line`).all();
      const ways = await Promise.all(paths.map((path) => path.getAttribute('d')));
      return ways.join('').split('M').length - 1;
    };
    expect(await lines('.edge')).toBe(16);
    expect(await page.locator('.group-box').count()).toBe(3);
    expect(await lines('.edge-copy')).toBe(5);
    expect(await lines('.edge-mount')).toBe(1);
    const label = await item(shown, 'install').getAttribute('aria-label');
    expect(label).toBe(
      'RUN --mount=type=cache,target=/root/.npm npm ci --no-audit, Command, deps, step 4 of 4, done, 12 s, 1 input',
    );
    await page.getByText('14 steps · 2 running · 4 cached · 5 done').first().waitFor();
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
});

/** Keyboard, assistive technology, contrast and motion. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { actionNames, graphActions, tools, type ActionName } from '../../../webview/graph-actions';
import { context } from '../../webview/page';
import { unreached } from '../../webview/keyboard';
import { graphOf, midBuild, START, webShop } from '../../webview/sample-graph';
import { themes } from '../../webview/themes';
import {
  camera,
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

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** @param rules `colours` asks only for what can differ between themes: the elements are the same */
async function violations(page: Page, rules: 'all' | 'colours' = 'all'): Promise<unknown> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe);
  const options = rules === 'all' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] };
  return page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) =>
       id + ': ' + nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')))`,
  );
}

describeGraphPage(() => {
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

  test('motion stops where it is unwanted', async () => {
    const shown = await show(graphOf(webShop, midBuild), { reducedMotion: true });
    expect(
      await inPage(
        shown,
        "getComputedStyle(document.querySelector('.picture .badge-ring')).animationName",
      ),
    ).toBe('none');
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

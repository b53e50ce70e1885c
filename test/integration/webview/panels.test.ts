/** What stands around the graph: selection, search, menu, comparison and timeline. */
import { expect, test } from 'vitest';
import { context, type View } from '../../webview/page';
import { graphOf, midBuild, START, type NodeSpec, webShop } from '../../webview/sample-graph';
import { describeGraphPage, focused, item, node, sentOf, show, wait } from './graph-page';

describeGraphPage(() => {
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
});

/** What tests of the graph's page share: one browser per file, a fresh page per test, and what is on it. */
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { FromWebview } from '../../../proto/messages/webview';
import type { BuildGraph } from '../../../proto/model/build-graph';
import { chromium } from '../../env/context';
import { context, startWorkbench } from '../../webview/page';
import type { OpenOptions, View, Workbench } from '../../webview/page';

const executable = await chromium();
let workbench: Workbench | undefined;
let view: View | undefined;

/** The tests of `body`, each of which opens a page by {@link open} or {@link show}. */
export function describeGraphPage(body: () => void): void {
  describe.skipIf(executable === undefined)('the graph page', () => {
    beforeAll(async () => {
      workbench = await startWorkbench({ onePage: true });
    });
    afterAll(() => workbench?.close());
    afterEach(async () => {
      if (view === undefined) throw new Error('no page was open');
      const { problems, close } = view;
      await close();
      view = undefined;
      // Neither script errors nor violations of the content security policy.
      expect(problems).toEqual([]);
    });
    body();
  });
}

/** An empty page, which waits for its host's first word. */
export async function open(options: OpenOptions = {}): Promise<View> {
  if (workbench === undefined) throw new Error('no browser was started');
  return (view = await workbench.open(options));
}

/** A page that shows this graph, laid out. */
export async function show(graph: BuildGraph, options: OpenOptions = {}): Promise<View> {
  const shown = await open(options);
  await shown.send({ type: 'snapshot', version: 0, graph, context });
  await expect.poll(() => nodes(shown).count(), wait).toBe(graph.nodes.length);
  await shown.page.locator('[data-layout=done]').waitFor();
  return shown;
}

/** For what comes by itself, however slow the machine. */
export const wait = { timeout: 30_000, interval: 50 };

export const nodes = ({ page }: View) => page.locator('[data-node]');
export const node = ({ page }: View, id: string) => page.locator(`[data-node="${id}"]`);
/** The node as assistive technology meets it. */
export const item = (shown: View, id: string) => node(shown, id).getByRole('treeitem');
/** The value of an expression in the page. */
export const inPage = ({ page }: View, expression: string): Promise<unknown> =>
  page.evaluate(expression);

/** The messages of one type that the page has sent. */
export async function sentOf<T extends FromWebview['type']>(
  { sent }: View,
  type: T,
): Promise<readonly Extract<FromWebview, { type: T }>[]> {
  return (await sent()).filter(
    (message): message is Extract<FromWebview, { type: T }> => message.type === type,
  );
}

/** The place of every node on screen, by id. */
export async function places({ page }: View): Promise<ReadonlyMap<string, string>> {
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

/** Where a node's card is drawn, in pixels of the window. */
export async function boxOf(
  { page }: View,
  id: string,
): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.locator(`[data-node="${id}"] .card`).boundingBox();
  if (box === null) throw new Error(`${id} is not drawn`);
  return box;
}

export const camera = ({ page }: View): Promise<string | null> =>
  page.locator('.camera').getAttribute('transform');

/** The node that has the keyboard. */
export const focused = ({ page }: View): Promise<unknown> =>
  page.evaluate(
    `document.activeElement?.closest('[data-node]')?.getAttribute('data-node') ?? null`,
  );

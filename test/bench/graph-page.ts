/**
 * The graph's page in headless Chromium with the software renderer: what a frame costs while panning
 * and zooming, a storm of patches, the first paint, a keystroke; elements and memory.
 *
 * Times are the main thread's processor time in scripts, from Chromium's own counters, so that
 * neighbours on the machine do not count; only for frames a second they do.
 */
import type { CDPSession } from 'playwright-core';
import { isNumber, isString, arrayOf, object } from '../../proto/messages/validate';
import { allOpen, context, startWorkbench, type Workbench } from '../webview/page';
import { graphNode, graphOf, manyStages } from '../webview/sample-graph';
import { amount, type Figure } from './report';

/** Steps in stages of eight, all open. */
const SIZES = [100, 1000, 5000, 10_000] as const;
const STEPS = 8;
const FRAMES = 60;
/** Patches of the storm, 30 a second. */
const STORM = 60;
const EDITS = 10;
/** Milliseconds between two frames after which one of 60 a second has been left out. */
const LATE = 25;

/** @param rows sizes; empty for all */
export async function graphPage(rows: readonly string[]): Promise<readonly Figure[]> {
  const workbench = await startWorkbench();
  try {
    const figures: Figure[] = [];
    const sizes = SIZES.filter((size) => rows.length === 0 || rows.includes(String(size)));
    for (const size of sizes) figures.push(...(await figuresFor(workbench, size)));
    return figures;
  } finally {
    await workbench.close();
  }
}

async function figuresFor(workbench: Workbench, size: number): Promise<readonly Figure[]> {
  const stages = Math.round(size / STEPS);
  const specs = manyStages(stages, STEPS);
  const view = await workbench.open({ state: allOpen(stages), reducedMotion: true });
  const { page } = view;
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const figures: Figure[] = [];
  const add = (name: string, value: string, note?: string): void => {
    figures.push({
      name: `${size} steps: ${name}`,
      value,
      ...(note === undefined ? {} : { note }),
    });
  };
  /** Milliseconds of script while something is done. */
  const script = async (act: () => Promise<unknown>): Promise<number> => {
    const before = await counters(session);
    await act();
    const after = await counters(session);
    return (after.script - before.script) * 1000;
  };

  const first = await script(async () => {
    await view.send({ type: 'snapshot', version: 0, graph: graphOf(specs), context });
    await page.locator('[data-layout=done]').waitFor({ timeout: 120_000 });
  });
  add('first paint', amount(first, 'ms'), 'script on the main thread; layout is in a worker');
  for (const [name, event] of Object.entries(moves)) {
    const spent = await script(() => page.evaluate(framesOf(event)));
    add(`a frame while ${name}`, amount(spent / FRAMES, 'ms'), 'script');
  }
  // Out to the whole, where a bitmap stands in.
  await page.getByRole('button', { name: 'Fit the whole' }).click();
  const overview = await script(() => page.evaluate(framesOf(moves.panning)));
  add('a frame of the whole', amount(overview / FRAMES, 'ms'), 'script');
  for (const [name, event] of Object.entries(moves)) {
    const shown = intervals(await page.evaluate(framesOf(event)));
    const whole = shown.reduce((sum, interval) => sum + interval, 0);
    const late = shown.filter((interval) => interval > LATE).length;
    add(
      `frames a second, ${name} over the whole`,
      ((1000 * shown.length) / whole).toFixed(0),
      `software renderer; ${late} of ${shown.length} came late`,
    );
  }
  const storm = await script(() => page.evaluate(stormOf(stages)));
  add('a patch of a storm', amount(storm / STORM, 'ms'), `script; ${stages} statuses, 30 a second`);
  if (size === SIZES[0]) {
    const edits = await script(async () => {
      for (let edit = 0; edit < EDITS; edit += 1) {
        const id = `edit-${edit}`;
        const added = graphNode({ id, kind: 'exec', name: `RUN ${id}`, inputs: ['0.7'] });
        const order = [...specs.map((spec) => spec.id), ...editsUpTo(edit)];
        const version = STORM + edit + 1;
        const patch = { upserts: [added], order };
        await view.send({ type: 'patch', base: version - 1, version, patch });
        // What is selected is an element also where the others are on the canvas.
        await view.send({ type: 'select', node: id, reveal: false });
        await page.locator(`[data-node=${id}]`).waitFor({ state: 'attached' });
      }
    });
    add('a step typed → drawn', amount(edits / EDITS, 'ms'), 'script on the main thread');
  }
  const elements: unknown = await page.evaluate('document.querySelectorAll("*").length');
  add('elements', String(elements), 'aim 1,500');
  await session.send('HeapProfiler.collectGarbage');
  add('heap', amount((await counters(session)).heap / 1e6, 'MB'));
  await view.close();
  return figures;
}

const editsUpTo = (last: number): readonly string[] =>
  Array.from({ length: last + 1 }, (_, edit) => `edit-${edit}`);

/** What the wheel does in a frame. */
const moves = {
  panning: '{ deltaX: n % 2 ? 40 : -20, deltaY: n % 2 ? 30 : -15 }',
  zooming: '{ deltaY: n < 30 ? -8 : 8, ctrlKey: true, clientX: 600, clientY: 400 }',
} as const;

/** Answers the milliseconds between its frames. */
const framesOf = (event: string): string => `new Promise((done) => {
  const surface = document.querySelector('.picture');
  const times = [];
  let n = 0;
  const step = (time) => {
    times.push(time);
    surface.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ...${event} }));
    if (++n < ${FRAMES}) requestAnimationFrame(step); else requestAnimationFrame((last) => done([...times, last].slice(1).map((at, n) => at - times[n])));
  };
  requestAnimationFrame(step);
})`;

const stormOf = (stages: number): string => `new Promise((done) => {
  let version = 0;
  const timer = setInterval(() => {
    const status = {};
    for (let stage = 0; stage < ${stages}; stage += 1)
      status[stage + '.' + (version % 8)] = { state: version % 2 ? 'running' : 'done', started: 1, completed: 2 };
    window.postMessage({ v: 1, type: 'patch', base: version, version: ++version, patch: { status } }, '*');
    if (version === ${STORM}) { clearInterval(timer); setTimeout(() => done(0), 300); }
  }, 33);
})`;

const isIntervals = arrayOf(isNumber);
function intervals(value: unknown): readonly number[] {
  if (!isIntervals(value)) throw new Error('not times');
  return value;
}

type Counter = { readonly name: string; readonly value: number };
const isCounters = object<{ metrics: readonly Counter[] }>({
  metrics: arrayOf(object<Counter>({ name: isString, value: isNumber })),
});

/** Seconds of script, bytes of heap. */
async function counters(session: CDPSession): Promise<{ script: number; heap: number }> {
  const answer: unknown = await session.send('Performance.getMetrics');
  const { metrics } = isCounters(answer) ? answer : { metrics: [] };
  const value = (name: string): number => metrics.find((one) => one.name === name)?.value ?? NaN;
  return { script: value('ScriptDuration'), heap: value('JSHeapUsedSize') };
}

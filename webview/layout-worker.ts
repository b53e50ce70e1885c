/**
 * The worker that computes layouts, so that the page stays fluid.
 *
 * The layered layout answers at once, and a picture that was not seen before a second time where
 * there are crossings to be saved by more work. On demand ELK tidies what is visible: it runs as a worker
 * below this one, because it cannot be interrupted but can be terminated. A newer request of any
 * kind ends it, and so does the deadline.
 */
import { elkAnswer, fromElk, toElk } from './picture/elk';
import { layeredLayout } from './picture/layered';
import type { LayoutInput } from './picture/layout';
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';

/** Milliseconds an ELK layout may take, its start included. */
const DEADLINE = 8000;

type Run = {
  readonly id: number;
  readonly input: LayoutInput;
  readonly engine: Worker;
  readonly timer: ReturnType<typeof setTimeout>;
};

let running: Run | undefined;
/** A layout that is to be made better as soon as nothing else is asked for. */
let improving: ReturnType<typeof setTimeout> | undefined;

const answer = (message: FromLayoutWorker): void => {
  postMessage(message);
};

addEventListener('message', (event: MessageEvent<ToLayoutWorker>) => {
  const message = event.data;
  stop();
  if (message.type === 'layout') lay(message.id, message.input);
  else tidy(message.id, message.input, message.url);
});

function lay(id: number, input: LayoutInput): void {
  const figures = { crossings: 0, improvable: false };
  const layout = layeredLayout(input, 'quick', (measured) => Object.assign(figures, measured));
  const first = figures.improvable;
  answer({ type: 'done', id, layout, first });
  if (!first) return;
  improving = setTimeout(() => {
    answer({ type: 'done', id, layout: layeredLayout(input, 'thorough'), first: false });
  });
}

/** ELK's worker answers `{id, data}` or `{id, error}`; algorithms must be registered first. */
function tidy(id: number, input: LayoutInput, url: string): void {
  const engine = new Worker(url);
  const fail = (reason: string): void => {
    stop();
    answer({ type: 'untidy', id, reason });
  };
  const timer = setTimeout(() => fail(`> ${DEADLINE / 1000} s`), DEADLINE);
  running = { id, input, engine, timer };
  let fileOrder = true;
  const ask = (): void => {
    engine.postMessage({ id, cmd: 'layout', graph: toElk(input, { fileOrder }) });
  };
  engine.addEventListener('message', (event: MessageEvent<unknown>) => {
    const reply = elkAnswer(event.data);
    if (reply?.id !== id) return;
    if ('graph' in reply) {
      stop();
      answer({ type: 'done', id, layout: fromElk(reply.graph), first: false });
    } else if (fileOrder) {
      // ELK 0.12 fails on some graphs of nested groups when ties follow the file.
      fileOrder = false;
      ask();
    } else fail(reply.error);
  });
  engine.addEventListener('error', (event) => fail(event.message || 'worker error'));
  engine.postMessage({ id: 'register', cmd: 'register', algorithms: ['layered'] });
  ask();
}

function stop(): void {
  clearTimeout(improving);
  if (running === undefined) return;
  clearTimeout(running.timer);
  running.engine.terminate();
  running = undefined;
}

/**
 * The worker that computes layouts, so that the page stays fluid.
 *
 * ELK runs as a worker below this one: it cannot be interrupted, but it can be terminated. The
 * newest request wins: while ELK is busy only the latest input waits, and one that takes too long
 * is ended and drawn in plain lanes instead.
 */
import { elkAnswer, fromElk, toElk } from './picture/elk';
import { laneLayout } from './picture/lanes';
import type { LayoutInput } from './picture/layout';
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';

/** Above so many nodes or edges ELK takes longer than anyone waits. */
const ELK_MAX = { nodes: 200, edges: 450 } as const;
/** Milliseconds an ELK layout may take, its start included. */
const DEADLINE = 8000;
/** Milliseconds after which a first picture is drafted in lanes. */
const DRAFT = 1500;
/** Milliseconds after which a running layout is ended for a newer one, rather than waited for. */
const IMPATIENCE = 1500;

type Request = { readonly id: number; readonly input: LayoutInput };
type Run = Request & { readonly since: number; readonly fileOrder: boolean };

let engineUrl: string | undefined;
/** Why there will be no engine. */
let missing: string | undefined;
let engine: Worker | undefined;
let running: Run | undefined;
let waiting: Request | undefined;
let timers: readonly ReturnType<typeof setTimeout>[] = [];

const answer = (message: FromLayoutWorker): void => {
  postMessage(message);
};

addEventListener('message', (event: MessageEvent<ToLayoutWorker>) => {
  const message = event.data;
  if (message.type === 'engine') {
    engineUrl = message.url;
  } else if (message.type === 'noEngine') {
    missing = message.reason;
  } else {
    waiting = message;
    if (running !== undefined && performance.now() - running.since > IMPATIENCE) stopEngine();
  }
  next();
});

function next(): void {
  if (running !== undefined || waiting === undefined) return;
  const { id, input } = waiting;
  const { nodes, edges } = input;
  if (nodes.length === 0 || nodes.length > ELK_MAX.nodes || edges.length > ELK_MAX.edges) {
    waiting = undefined;
    answer({ type: 'done', id, layout: laneLayout(input) });
    return;
  }
  if (missing !== undefined) {
    waiting = undefined;
    answer({ type: 'plain', id, layout: laneLayout(input), reason: missing });
    return;
  }
  if (engineUrl === undefined) return;
  waiting = undefined;
  running = { id, input, since: performance.now(), fileOrder: true };
  timers = [
    setTimeout(() => fallBack(`> ${DEADLINE / 1000} s`), DEADLINE),
    ...(input.previous === undefined
      ? [setTimeout(() => answer({ type: 'draft', id, layout: laneLayout(input) }), DRAFT)]
      : []),
  ];
  engine ??= startEngine(engineUrl);
  ask(engine, running);
}

function ask(worker: Worker, { id, input, fileOrder }: Run): void {
  worker.postMessage({ id, cmd: 'layout', graph: toElk(input, { fileOrder }) });
}

/** ELK's worker answers `{id, data}` or `{id, error}`; algorithms must be registered first. */
function startEngine(url: string): Worker {
  const worker = new Worker(url);
  worker.addEventListener('message', (event: MessageEvent<unknown>) => {
    const reply = elkAnswer(event.data);
    if (reply === undefined || reply.id !== running?.id) return;
    if ('error' in reply) {
      if (!running.fileOrder) fallBack(reply.error);
      else {
        running = { ...running, fileOrder: false };
        ask(worker, running);
      }
      return;
    }
    const { id } = running;
    settle();
    answer({ type: 'done', id, layout: fromElk(reply.graph) });
    next();
  });
  worker.addEventListener('error', (event) => fallBack(event.message || 'worker error'));
  worker.postMessage({ id: 'register', cmd: 'register', algorithms: ['layered'] });
  return worker;
}

function settle(): void {
  for (const timer of timers) clearTimeout(timer);
  running = undefined;
}

function stopEngine(): void {
  settle();
  engine?.terminate();
  engine = undefined;
}

function fallBack(reason: string): void {
  const request = running;
  stopEngine();
  if (request !== undefined)
    answer({ type: 'plain', id: request.id, layout: laneLayout(request.input), reason });
  next();
}

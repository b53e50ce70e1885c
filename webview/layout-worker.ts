/** The worker that computes layouts, so that the page stays fluid; ELK runs as a worker below it. */
import { createLayoutService } from './layout-service';
import type { StartEngine } from './layout-service';
import type { ToLayoutWorker } from './layout-messages';

const startEngine: StartEngine = (url, events) => {
  const worker = new Worker(url);
  worker.addEventListener('message', (event: MessageEvent<unknown>) => events.said(event.data));
  worker.addEventListener('error', (event) => events.failed(event.message || 'worker error'));
  return { ask: (message) => worker.postMessage(message), end: () => worker.terminate() };
};

const serve = createLayoutService((message) => postMessage(message), startEngine);

addEventListener('message', (event: MessageEvent<ToLayoutWorker>) => serve(event.data));

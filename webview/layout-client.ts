/** The page's end of the layout worker: starts it, asks it, and drops answers nobody wants any more. */
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';
import type { Layout, LayoutInput } from './picture/layout';

export type LayoutClient = {
  /** Asks for a layout; it is answered once or twice unless a newer request comes first. */
  readonly request: (input: LayoutInput) => void;
  /** Asks ELK for its layout of the same; nothing but this loads ELK. */
  readonly tidy: (input: LayoutInput) => void;
};

export type LayoutFiles = { readonly layoutWorker: string; readonly layoutEngine: string };

export type LayoutEvents = {
  /** @param first a better layout of the same follows soon */
  readonly done: (layout: Layout, first: boolean) => void;
  /** ELK is not there or gave no answer in time. */
  readonly untidy: (reason: string) => void;
  /** The worker does not start: there will be no layouts. */
  readonly failed: (reason: string) => void;
};

/** Workers may come from blobs only (the page's policy), so each file is read and handed over as one. */
export function createLayoutClient(files: LayoutFiles, events: LayoutEvents): LayoutClient {
  let newest = 0;
  let engine: Promise<string> | undefined;

  const receive = (event: MessageEvent<FromLayoutWorker>): void => {
    const message = event.data;
    if (message.id !== newest) return;
    if (message.type === 'done') events.done(message.layout, message.first);
    else events.untidy(message.reason);
  };
  const start = async (): Promise<Worker> => {
    const worker = new Worker(await blobUrl(files.layoutWorker));
    worker.addEventListener('message', receive);
    worker.addEventListener('error', (event) => events.failed(event.message));
    return worker;
  };
  const worker = start();
  worker.catch((error: unknown) => events.failed(messageOf(error)));
  const send = (message: ToLayoutWorker): void => {
    worker.then(
      (started) => started.postMessage(message),
      () => undefined, // Told when the worker failed to start.
    );
  };

  return {
    request(input) {
      newest += 1;
      send({ type: 'layout', id: newest, input });
    },
    tidy(input) {
      newest += 1;
      const id = newest;
      engine ??= blobUrl(files.layoutEngine);
      engine.then(
        (url) => send({ type: 'tidy', id, input, url }),
        (error: unknown) => {
          engine = undefined;
          if (id === newest) events.untidy(messageOf(error));
        },
      );
    },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

async function blobUrl(uri: string): Promise<string> {
  const response = await fetch(uri);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${uri}`);
  const text = await response.text();
  return URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
}

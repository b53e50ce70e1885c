/** The page's end of the layout worker: starts it, asks it, and gives up on answers nobody wants. */
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';
import type { Layout, LayoutInput } from './picture/layout';

export type LayoutClient = {
  /** Asks for a layout; it is answered unless a newer request comes first. */
  readonly request: (input: LayoutInput) => void;
};

/** An answer: the layout, how final it is, and why it is only a plain one. */
export type LayoutAnswer = {
  readonly layout: Layout;
  readonly quality: 'draft' | 'done' | 'plain';
  readonly reason?: string;
};

export type LayoutFiles = { readonly layoutWorker: string; readonly layoutEngine: string };

/**
 * Starts fetching both files at once. Workers may come from blobs only (the page's policy), so each
 * file is read and handed over as one.
 *
 * @param done gets every answer to the newest request; after a draft comes a better one.
 * @param failed gets the reason when the worker does not start.
 */
export function createLayoutClient(
  files: LayoutFiles,
  done: (answer: LayoutAnswer) => void,
  failed: (reason: string) => void,
): LayoutClient {
  let newest = 0;

  const receive = (event: MessageEvent<FromLayoutWorker>): void => {
    const message = event.data;
    if (message.id !== newest) return;
    const { layout, type: quality } = message;
    done({ layout, quality, ...(message.type === 'plain' ? { reason: message.reason } : {}) });
  };
  const start = async (): Promise<Worker> => {
    const worker = new Worker(await blobUrl(files.layoutWorker));
    worker.addEventListener('message', receive);
    worker.addEventListener('error', (event) => failed(event.message));
    return worker;
  };
  const send = async (message: ToLayoutWorker): Promise<void> => {
    (await worker).postMessage(message);
  };
  const worker = start();
  worker.catch((error: unknown) => failed(messageOf(error)));
  blobUrl(files.layoutEngine)
    .then(
      (url) => send({ type: 'engine', url }),
      (error: unknown) => send({ type: 'noEngine', reason: messageOf(error) }),
    )
    .catch(() => {
      // Told when the worker failed to start.
    });

  return {
    request(input) {
      newest += 1;
      send({ type: 'layout', id: newest, input }).catch(() => {
        // Told when the worker failed to start.
      });
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

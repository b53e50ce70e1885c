/** The page's end of the layout worker: starts it, asks it, and gives up on answers nobody wants. */
import type { FromLayoutWorker, ToLayoutWorker } from './layout-messages';
import type { Layout, LayoutInput } from './picture/layout';

export type LayoutClient = {
  /** Asks for a layout; `done` is called unless a newer request comes first. */
  readonly request: (input: LayoutInput) => void;
};

export type LayoutFiles = { readonly layoutWorker: string; readonly layoutEngine: string };

/**
 * Starts fetching both files at once. Workers may come from blobs only (the page's policy), so each
 * file is read and handed over as one.
 *
 * @param failed gets the reason when a file cannot be read or the engine had to be replaced.
 */
export function createLayoutClient(
  files: LayoutFiles,
  done: (layout: Layout, input: LayoutInput) => void,
  failed: (reason: string) => void,
): LayoutClient {
  let newest = 0;
  let pending: LayoutInput | undefined;

  const receive = (event: MessageEvent<FromLayoutWorker>): void => {
    const message = event.data;
    if (message.id !== newest || pending === undefined) return;
    if (message.type === 'plain') failed(message.reason);
    done(message.layout, pending);
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
  const report = (error: unknown): void =>
    failed(error instanceof Error ? error.message : String(error));
  worker.catch(report);
  blobUrl(files.layoutEngine)
    .then((url) => send({ type: 'engine', url }))
    .catch(report);

  return {
    request(input) {
      newest += 1;
      pending = input;
      send({ type: 'layout', id: newest, input }).catch(() => {
        // Told when the worker failed to start.
      });
    },
  };
}

async function blobUrl(uri: string): Promise<string> {
  const response = await fetch(uri);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${uri}`);
  const text = await response.text();
  return URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
}

/** Tells when builds are remembered, by whichever process: an editor's, or a command line's. */
import { mkdirSync, watch } from 'node:fs';
import { recordEnding, recordsFolder } from './record-store';

/** Milliseconds in which several records are one piece of news. */
const calm = 50;

/**
 * @param told a record is there, whole, that was not
 * @param failed nothing is told any more, or never: the folder cannot be made or watched
 * @returns ends the watching, which keeps no process alive
 */
export function watchRecords(
  told: () => void,
  failed: (error: Error) => void,
  folder = recordsFolder(),
): () => void {
  let timer: NodeJS.Timeout | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name?.endsWith(recordEnding) !== true) return;
      clearTimeout(timer);
      timer = setTimeout(told, calm).unref();
    });
    watcher.on('error', failed);
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)));
    return () => undefined;
  }
}

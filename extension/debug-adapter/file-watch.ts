/** Tells when a file was saved, however its editor does that (many put a new file in its place). */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Milliseconds without another event: saving makes several. */
const quiet = 100;

export class FileWatch {
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly saved: (path: string) => void) {}

  /** Without a folder that can be watched nothing is told: saving then has no effect. */
  start(path: string): void {
    this.stop();
    try {
      this.watcher = watch(dirname(path), { persistent: false }, (_, name) => {
        if (name !== basename(path)) return;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.saved(path), quiet);
      });
      this.watcher.on('error', () => this.stop());
    } catch {
      this.stop();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
    this.watcher = undefined;
  }
}

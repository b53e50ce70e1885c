/** Where the session's thread is started from: the bundle beside us, or the source when there is none. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type WorkerProgram = { readonly program: string; readonly eval: boolean };

/** All bundles lie in one folder, so `__dirname` is theirs there and this folder in the sources. */
export function workerProgram(folder: string = __dirname): WorkerProgram {
  const bundled = join(folder, 'session-worker.js');
  if (existsSync(bundled)) return { program: bundled, eval: false };
  // In the sources TypeScript has to be taught to the new thread before its main file is loaded.
  const loader = createRequire(join(folder, 'worker.ts')).resolve('tsx/cjs');
  const program = [loader, join(folder, 'worker.ts')]
    .map((file) => `require(${JSON.stringify(file)});`)
    .join('');
  return { program, eval: true };
}

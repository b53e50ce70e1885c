/** How a debug adapter runs in this process. */
import { join } from 'node:path';
import type { AdapterOptions } from './session';

export function processOptions(): AdapterOptions {
  return {
    // The bundles lie side by side, and a terminal is attached by our own executable, never by PATH.
    attachCommand: [process.execPath, join(__dirname, 'cli.js'), 'attach'],
    env: process.env,
    cwd: process.cwd(),
  };
}

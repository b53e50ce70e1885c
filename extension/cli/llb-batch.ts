/**
 * `llb-lens llb --batch`: a case per line in, a result per line out, in the same order. For
 * conformance runs, fuzzing and benchmarks.
 */
import { createInterface } from 'node:readline';
import { batchCase, offlineResolver, tableResolver } from '../../language-server/dockerfile';
import type { Console } from './console';
import { ExitCode } from './exit-code';
import { readJson } from './input-file';

export type BatchFlags = { readonly images?: string; readonly full: boolean };

/** A line that is no case gets a result line with an error, so that lines in and out match. */
export async function batch(flags: BatchFlags, to: Console, signal: AbortSignal): Promise<number> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  signal.addEventListener('abort', () => lines.close());
  for await (const line of lines) {
    if (line.trim() === '') continue;
    await to.out(`${JSON.stringify(await answer(line, flags))}\n`);
  }
  return signal.aborted ? ExitCode.interrupted : ExitCode.good;
}

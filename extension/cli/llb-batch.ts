/**
 * `llb-lens llb --batch`: a case per line in, a result per line out, in the same order. For
 * conformance runs, fuzzing and benchmarks.
 */
import { createInterface } from 'node:readline';
import { type BatchCase, type ImageTable, runBatchCase } from '../../language-server/dockerfile';
import { isRecord } from '../engine/profile/decode';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { frontendOptions } from './frontend-options';
import { readImageTable } from './images';

export type BatchFlags = { readonly images?: string; readonly full: boolean };

export async function batch(flags: BatchFlags, to: Console, signal: AbortSignal): Promise<number> {
  const images = flags.images === undefined ? {} : await readImageTable(flags.images);
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  signal.addEventListener('abort', () => lines.close());
  for await (const line of lines) {
    if (line.trim() === '') continue;
    await to.out(`${JSON.stringify(await answer(line, images, flags.full))}\n`);
  }
  return signal.aborted ? ExitCode.interrupted : ExitCode.good;
}

/** A line that is no case gets a result with an error, so that lines in and out match. */
async function answer(line: string, images: ImageTable, full: boolean): Promise<unknown> {
  let one: BatchCase;
  try {
    one = batchCase(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof SyntaxError)) throw error;
    return {
      results: [],
      error: { message: `not a case: ${error.message}`, locations: [] },
      warnings: [],
      lint: [],
    };
  }
  return runBatchCase(one, images, full);
}

/** @throws CliError for a value that is no case */
function batchCase(value: unknown): BatchCase {
  const { name, dockerfile, dockerfileBase64, options = {} } = isRecord(value) ? value : {};
  const source =
    typeof dockerfileBase64 === 'string' ? Buffer.from(dockerfileBase64, 'base64') : dockerfile;
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    throw new CliError(ExitCode.usage, 'it needs a dockerfile or a dockerfileBase64');
  }
  return {
    name: typeof name === 'string' ? name : '',
    dockerfile: source,
    options: frontendOptions(options),
  };
}

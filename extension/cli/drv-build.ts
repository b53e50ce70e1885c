/**
 * `llb-lens drv --build`: builds derivations on BuildKit and prints what came out, one JSON line for
 * each output.
 */
import { basename, join, resolve } from 'node:path';
import { textOf, type BuiltOutput } from '../../language-server/derivation';
import { openDerivations } from '../../language-server/server/store-reader';
import { buildClosure } from '../engine/derivation/build-closure';
import { progressTo } from './build';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';

export type DrvBuildFlags = { readonly storeDir?: string; readonly builder?: string };

/** Builds one derivation after the other; the first that fails ends the run. */
export async function buildDerivations(
  paths: readonly string[],
  flags: DrvBuildFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const printed = new Set<string>();
  for (const file of await rootFiles(paths, signal)) {
    const build = await buildClosure({
      ...flags,
      file,
      cwd: process.cwd(),
      env: process.env,
      signal,
      events: progressTo(to),
    });
    if (build.outcome === 'cancelled') return ExitCode.interrupted;
    if (build.outcome === 'failed') throw new CliError(ExitCode.failed, build.message);
    for (const output of build.outputs) {
      if (printed.has(output.path)) continue;
      printed.add(output.path);
      await printOutput(output, to);
    }
  }
  return ExitCode.good;
}

/** The files to build: those named, and of a folder those that no other in it needs. */
async function rootFiles(paths: readonly string[], signal: AbortSignal): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (path.endsWith('.drv')) {
      files.push(resolve(path));
      continue;
    }
    const { closure } = await openDerivations([path], { signal });
    files.push(...closure.roots.map((root) => join(resolve(path), basename(textOf(root)))));
  }
  return files;
}

async function printOutput(output: BuiltOutput, to: Console): Promise<void> {
  const { drv, name, path, narHash, narSize, references } = output;
  const line = {
    drv: textOf(drv),
    output: textOf(name),
    path: textOf(path),
    narHash,
    narSize,
    references: references.map(textOf),
  };
  await to.out(`${JSON.stringify(line)}\n`);
}

/**
 * `llb-lens drv --build`: builds derivations on BuildKit and looks at what came out.
 *
 * The result travels as a tar archive through a private file; each output is then hashed as Nix
 * hashes it and searched for references, and printed as one JSON line.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import {
  builtOutputs,
  compileClosure,
  SHELL_IMAGE,
  textOf,
  treeOfTar,
} from '../../language-server/derivation';
import { neutralSession } from '../../language-server/dockerfile/compile/options';
import { openDerivations } from '../../language-server/server/store-reader';
import { runBuild } from '../engine/run-build';
import { buildError, progressTo } from './build';
import type { Console } from './console';
import { ExitCode } from './exit-code';

export type DrvBuildFlags = { readonly storeDir?: string; readonly builder?: string };

/** Builds one derivation after the other; the first that fails ends the run. */
export async function buildDerivations(
  paths: readonly string[],
  flags: DrvBuildFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-drv-'));
  try {
    const printed = new Set<string>();
    for (const file of await rootFiles(paths, signal)) {
      const archive = join(folder, 'result.tar');
      const outcome = await runBuild({
        profile: {
          derivation: file,
          ...(flags.storeDir === undefined ? {} : { context: flags.storeDir }),
          outputs: [`type=tar,dest=${archive}`],
          ...(flags.builder === undefined ? {} : { builder: flags.builder }),
        },
        cwd: process.cwd(),
        env: process.env,
        signal,
        events: progressTo(to),
      });
      if (outcome.outcome === 'cancelled') return ExitCode.interrupted;
      if (outcome.outcome === 'failed') {
        throw buildError(outcome);
      }
      await printOutputs(file, flags, await readFile(archive), printed, to);
    }
    return ExitCode.good;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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

/** Every output of the closure once, inputs before their users. */
async function printOutputs(
  file: string,
  { storeDir }: DrvBuildFlags,
  archive: Uint8Array,
  printed: Set<string>,
  to: Console,
): Promise<void> {
  const { closure } = await openDerivations([file], storeDir === undefined ? {} : { storeDir });
  const { outputs } = compileClosure(closure, {
    sessionId: neutralSession,
    shell: { ref: SHELL_IMAGE },
    wanted: 'all',
  });
  const fresh = outputs.filter(({ path }) => !printed.has(path));
  for (const output of builtOutputs(fresh, closure, treeOfTar(archive))) {
    const { drv, name, path, narHash, narSize, references } = output;
    printed.add(path);
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
}

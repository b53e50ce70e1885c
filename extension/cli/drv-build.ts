/**
 * `llb-lens drv --build` and `--log`: builds derivations on BuildKit and prints what came out, one JSON
 * line for each output, or what the builder said.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textOf, type BuiltOutput } from '../../language-server/derivation';
import { openDerivations } from '../../language-server/server/store-reader';
import { secretKey } from '../engine/derivation/cache/signing-key';
import type { EachOptions } from '../engine/derivation/build-each';
import { buildClosure } from '../engine/derivation/build-closure';
import { builderLog } from '../engine/derivation/builder-log';
import { KnownBuilds } from '../engine/derivation/known-build';
import { progressTo } from './build';
import { cacheSettings, type CacheFlags } from './cache-options';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';

export type EachFlags = { readonly keepGoing: boolean; readonly jobs?: string };

export type DrvBuildFlags = CacheFlags &
  EachFlags & {
    readonly storeDir?: string;
    readonly builder?: string;
    /** The image that the sandbox's tools and its `/bin/sh` come from. */
    readonly tools?: string;
    /** A folder in place of it. */
    readonly toolsFolder?: string;
    /** Where in the image `/bin/sh` is. */
    readonly sandboxShell?: string;
    /** A binary cache to write to: a folder, or its file:// address. */
    readonly cache?: string;
    /** The file with the secret key that the cache is signed by. */
    readonly signKey?: string;
  };

/** Builds one derivation after the other; the first that fails ends the run, if it is not to go on. */
export async function buildDerivations(
  paths: readonly string[],
  flags: DrvBuildFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const printed = new Set<string>();
  const cache = await cacheOf(flags);
  const each = eachOf(flags);
  const failures: string[] = [];
  for (const file of await rootFiles(paths, signal)) {
    const build = await buildClosure({
      ...asked(file, flags, to, signal),
      ...(cache === undefined ? {} : { cache }),
      ...(each === undefined ? {} : { each }),
      known: new KnownBuilds(programName()),
    });
    if (build.outcome === 'cancelled') return ExitCode.interrupted;
    if (build.outcome === 'failed') {
      failures.push(build.message);
      if (!flags.keepGoing) break;
      continue;
    }
    for (const output of build.outputs) {
      if (printed.has(output.path)) continue;
      printed.add(output.path);
      await printOutput(output, to);
    }
  }
  if (failures.length > 0) throw new CliError(ExitCode.failed, failures.join('\n'));
  return ExitCode.good;
}

/** Prints what the builders of derivations said, all of it; they are built where they are not yet. */
export async function printLogs(
  paths: readonly string[],
  flags: DrvBuildFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  for (const file of await rootFiles(paths, signal)) {
    const { text, failure } = await builderLog(asked(file, flags, to, signal));
    await to.out(text);
    if (failure !== undefined) throw new CliError(ExitCode.failed, failure);
  }
  return ExitCode.good;
}

/** What flags say of a build, and where its progress goes. */
function asked(file: string, flags: DrvBuildFlags, to: Console, signal: AbortSignal) {
  const { storeDir, builder, tools, toolsFolder, sandboxShell } = flags;
  return {
    ...(storeDir === undefined ? {} : { storeDir }),
    ...(builder === undefined ? {} : { builder }),
    settings: {
      ...cacheSettings(flags),
      ...(tools === undefined ? {} : { tools }),
      ...(toolsFolder === undefined ? {} : { toolsFolder }),
      ...(sandboxShell === undefined ? {} : { sandboxShell }),
    },
    ...{ file, cwd: process.cwd(), env: process.env, signal, events: progressTo(to) },
  };
}

/** Which program this is: its entry names all its parts by what they hold. */
function programName(): string {
  const [, entry = ''] = process.argv;
  return createHash('sha256').update(readFileSync(entry)).digest('hex');
}

function eachOf({ jobs, keepGoing }: EachFlags): EachOptions | undefined {
  if (jobs === undefined) return keepGoing ? { keepGoing } : undefined;
  const count = Number(jobs);
  if (!Number.isInteger(count) || count < 1) {
    throw new CliError(ExitCode.usage, `--jobs ${jobs}: give a number from 1`);
  }
  return { jobs: count, keepGoing };
}

async function cacheOf({ cache, signKey }: DrvBuildFlags) {
  if (cache === undefined) {
    if (signKey === undefined) return undefined;
    throw new CliError(ExitCode.usage, '--sign-key needs --cache, which is what it signs');
  }
  const folder = cache.startsWith('file://') ? fileURLToPath(cache) : resolve(cache);
  if (signKey === undefined) return { folder };
  const text = await readFile(signKey, 'utf8');
  try {
    return { folder, key: secretKey(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(ExitCode.usage, message, {
      place: { file: signKey },
      remedy: 'nix key generate-secret --key-name NAME makes one.',
    });
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

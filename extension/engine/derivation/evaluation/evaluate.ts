/**
 * Installables by Nix, this machine's or that of an image: expressions and flakes become `.drv` files
 * in a private store, and nothing is built on the way.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { splitInstallable } from '../../../../language-server/installables/document-text';
import { cacheFolder, thisHost } from '../../platform';
import { BuildFailure } from '../../input/build-input';
import type { JobEvents } from '../../job/build-job';
import { EVALUATION_ARGUMENTS, TO_DERIVATION } from './arguments';

const run = promisify(execFile);
/** Evaluations say little; their errors may be long. Bytes. */
const mostOutput = 64 * 1024 * 1024;

export type Installables = {
  /** `.drv` files on disk, with the names of the outputs that are wanted (all when absent). */
  readonly drvs: readonly { readonly file: string; readonly outputs?: readonly string[] }[];
  /** Store paths on disk that go in as they are. */
  readonly paths: readonly string[];
};

export type EvaluateOptions = {
  /** `-f`: the installables are attributes of this expression. */
  readonly file?: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Has Nix: evaluation runs in it, on the builder. Default: on this machine, if it has Nix. */
  readonly nixImage?: string;
  /** The builder and the tools image for that, and who is told how it goes. */
  readonly builder?: string;
  readonly tools?: string;
  readonly events?: JobEvents;
  readonly signal?: AbortSignal;
};

/**
 * What the installables stand for.
 * @throws BuildFailure with the remedy when one cannot be evaluated
 * @throws ConnectError when that takes a BuildKit and there is none
 */
export async function evaluate(
  names: readonly string[],
  options: EvaluateOptions,
): Promise<Installables> {
  const paths: string[] = [];
  const drvs: { base: string; isFile: boolean; outputs?: readonly string[] }[] = [];
  for (const name of names) {
    const { base, outputs } = splitInstallable(name);
    const wanted = outputs === undefined ? {} : { outputs };
    const isFile = options.file === undefined && base.endsWith('.drv');
    if (options.file === undefined && !isFile && /^\/.*\/[0-9a-z]{32}-[^/]+$/.test(base)) {
      paths.push(base);
    } else drvs.push({ base, isFile, ...wanted });
  }
  const open = drvs.flatMap(({ base, isFile }) => (isFile ? [] : [base]));
  const files = await evaluated([...new Set(open)], options);
  return {
    drvs: drvs.map(({ base, isFile, ...wanted }) => ({
      file: (isFile ? undefined : files.get(base)) ?? resolve(options.cwd, base),
      ...wanted,
    })),
    paths,
  };
}

/** The derivations' files, by installable. */
async function evaluated(
  names: readonly string[],
  options: EvaluateOptions,
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  if (options.nixImage === undefined && hasNix(options.env)) {
    const files = new Map<string, string>();
    for (const name of names) files.set(name, await evaluateOne(name, options));
    return files;
  }
  // Only who has no Nix needs what speaks to a builder for it.
  const { evaluateInBuild, EvaluationError } = await import('./evaluate-in-build');
  try {
    const files = await evaluateInBuild(names, options);
    return new Map(names.map((name, at) => [name, files[at] ?? name]));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw evaluationFailure(names.join(', '), error.message, options.file);
  }
}

function hasNix({ PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, 'nix')));
}

/** Evaluates to a derivation; its file's place on disk. */
async function evaluateOne(name: string, options: EvaluateOptions): Promise<string> {
  const store = join(cacheFolder(thisHost()), 'nix-store');
  await mkdir(store, { recursive: true, mode: 0o700 });
  const { file, cwd, env, signal } = options;
  const where = file === undefined ? [name] : ['--impure', '-f', resolve(cwd, file), name];
  const args = [
    ...EVALUATION_ARGUMENTS,
    ...['--store', store, 'eval', '--raw', ...where, '--apply', TO_DERIVATION],
  ];
  try {
    const { stdout } = await run('nix', args, { cwd, env, signal, maxBuffer: mostOutput });
    return await fileOf(stdout.trim(), store);
  } catch (error) {
    throw evaluationFailure(
      name,
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error),
      file,
    );
  }
}

/** Where a store path of the private store lies. */
async function fileOf(path: string, store: string): Promise<string> {
  const file = join(store, path);
  await stat(file);
  return join(dirname(file), basename(file));
}

/** @param text what Nix says of it */
function evaluationFailure(name: string, text: string, file?: string): BuildFailure {
  if (/import-from-derivation|allow-import-from-derivation/.test(text)) {
    return new BuildFailure(
      `${name} needs something built while it is evaluated (import from derivation), which is off ` +
        `here: build that first and import its result as a file.\n${text}`,
    );
  }
  // Without a file a plain word is looked up in the registry of flakes, which is seldom meant.
  const isWord = file === undefined && /^[\w.-]+$/.test(name);
  const hint = isWord
    ? `\n${name} was taken for a flake, as nix does: -f FILE makes it an attribute of that file.`
    : '';
  return new BuildFailure(`${name} cannot be evaluated:\n${text}${hint}`);
}

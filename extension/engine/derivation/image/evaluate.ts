/**
 * Installables by the machine's `nix`: expressions and flakes become `.drv` files in a private store,
 * and nothing is built on the way.
 */
import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { splitInstallable } from '../../../../language-server/installables/document-text';
import { cacheFolder, thisHost } from '../../platform';
import { BuildFailure } from '../../input/build-input';

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
  readonly signal?: AbortSignal;
};

/**
 * What the installables stand for.
 * @throws BuildFailure with the remedy when one cannot be evaluated
 */
export async function evaluate(
  names: readonly string[],
  options: EvaluateOptions,
): Promise<Installables> {
  const drvs: { file: string; outputs?: readonly string[] }[] = [];
  const paths: string[] = [];
  for (const name of names) {
    const { base, outputs } = splitInstallable(name);
    const wanted = outputs === undefined ? {} : { outputs };
    if (options.file === undefined && base.endsWith('.drv')) {
      drvs.push({ file: resolve(options.cwd, base), ...wanted });
    } else if (options.file === undefined && /^\/.*\/[0-9a-z]{32}-[^/]+$/.test(base)) {
      paths.push(base);
    } else {
      drvs.push({ file: await evaluateOne(base, options), ...wanted });
    }
  }
  return { drvs, paths };
}

/** Evaluates to a derivation; its file's place on disk. */
async function evaluateOne(name: string, options: EvaluateOptions): Promise<string> {
  const store = join(cacheFolder(thisHost()), 'nix-store');
  await mkdir(store, { recursive: true, mode: 0o700 });
  const { file, cwd, env, signal } = options;
  const where = file === undefined ? [name] : ['--impure', '-f', resolve(cwd, file), name];
  const args = [
    ...['--extra-experimental-features', 'nix-command flakes'],
    ...['--store', store, '--option', 'allow-import-from-derivation', 'false'],
    ...['eval', '--raw', ...where, '--apply', 'it: it.drvPath'],
  ];
  try {
    const { stdout } = await run('nix', args, { cwd, env, signal, maxBuffer: mostOutput });
    return await fileOf(stdout.trim(), store);
  } catch (error) {
    throw evaluationFailure(name, error);
  }
}

/** Where a store path of the private store lies. */
async function fileOf(path: string, store: string): Promise<string> {
  const file = join(store, path);
  await stat(file);
  return join(dirname(file), basename(file));
}

function evaluationFailure(name: string, error: unknown): BuildFailure {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new BuildFailure(
      `${name} cannot be evaluated: there is no nix on PATH. Install Nix, or name .drv files.`,
    );
  }
  const text =
    error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  if (/import-from-derivation|allow-import-from-derivation/.test(text)) {
    return new BuildFailure(
      `${name} needs something built while it is evaluated (import from derivation), which is off ` +
        `here: build that first and import its result as a file.\n${text}`,
    );
  }
  return new BuildFailure(`${name} cannot be evaluated:\n${text}`);
}

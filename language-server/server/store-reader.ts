/**
 * Stores on disk: reads `.drv` files and sources from the folders where they lie, which need not be
 * the store directory that derivations name.
 */
import { createReadStream, lstatSync, readFileSync } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  baseName,
  byteStringOfText,
  derivationReferences,
  isDerivationFile,
  loadClosure,
  parseDerivation,
  parseDerivationJson,
  parseStorePath,
  printDerivation,
  ReferenceScanner,
  storePathOfFile,
  textOf,
  type Closure,
  type ClosureRoot,
  type StoreReader,
} from '../derivation';
import { unreadableAt, UnreadableDerivations } from './unreadable-derivations';

/**
 * A store whose files lie in `folders`; the first that has a path gives it. References of sources
 * are found by scanning them for names that the folders hold.
 */
export function fileStoreReader(folders: readonly string[]): StoreReader {
  const names = once(() => storeNames(folders));
  const references = new Map<string, Promise<readonly string[] | undefined>>();
  return {
    readDerivation: (path, signal) =>
      new Promise((resolve) => {
        signal?.throwIfAborted();
        const name = fileName(path);
        resolve(name === undefined ? undefined : readFirst(folders, name));
      }),
    sourceReferences(path, signal) {
      // Sources never change under their name, so each is scanned once.
      const known = references.get(path);
      if (known !== undefined) return known;
      const scanning = scanSource(path, folders, names, signal);
      references.set(path, scanning);
      scanning.catch(() => references.delete(path));
      return scanning;
    },
  };
}

/** A small file of the first folder that has it; undefined when none does. */
function readFirst(folders: readonly string[], name: string): Uint8Array | undefined {
  for (const folder of folders) {
    try {
      return readFileSync(join(folder, name));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return undefined;
}

/** The file name of a store path; undefined for anything that could lead out of the store. */
function fileName(path: string): string | undefined {
  return parseStorePath(path) === undefined ? undefined : textOf(baseName(path));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Everything in the folders that is named like a store path: full name by hash. */
async function storeNames(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const folder of folders) {
    for (const name of (await unlessMissing(readdir(folder))) ?? []) {
      if (parseStorePath(`/store/${name}`) !== undefined) names.set(name.slice(0, 32), name);
    }
  }
  return names;
}

async function scanSource(
  path: string,
  folders: readonly string[],
  names: () => Promise<ReadonlyMap<string, string>>,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  const name = fileName(path);
  if (name === undefined) return undefined;
  for (const folder of folders) {
    const file = join(folder, name);
    // A closure has thousands of them; asked without waiting, one costs a few microseconds.
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) continue;
    if (isDerivationFile(name)) {
      return derivationReferences(readFileSync(file));
    }
    const known = await names();
    const scanner = new ReferenceScanner(known);
    await scanTree(file, scanner, signal);
    const storeDir = path.slice(0, path.lastIndexOf('/'));
    return [...scanner.mentioned]
      .flatMap((hash) => known.get(hash) ?? [])
      .filter((mentioned) => mentioned !== name)
      .map((mentioned) => `${storeDir}/${mentioned}`)
      .sort();
  }
  return undefined;
}

/** Contents, names and link targets count, as in the archive that Nix scans. */
async function scanTree(
  path: string,
  scanner: ReferenceScanner,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const separator = new Uint8Array(1);
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) scanner.push(await readlink(path, { encoding: 'buffer' }));
  else if (stat.isDirectory()) {
    for (const name of (await readdir(path)).sort()) {
      scanner.push(new TextEncoder().encode(name));
      scanner.push(separator);
      await scanTree(join(path, name), scanner, signal);
    }
  } else if (stat.isFile()) {
    for await (const chunk of createReadStream(path, { signal })) {
      if (chunk instanceof Uint8Array) scanner.push(chunk);
    }
  }
  scanner.push(separator);
}

/** A promise that is undefined when the file is not there; other errors are passed on. */
async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export type OpenedClosure = {
  readonly closure: Closure;
  /** The folders that hold the sources, at least one; the session serves them as one. */
  readonly sourceFolders: readonly [string, ...string[]];
  /** Where derivations and sources are looked for. */
  readonly folders: readonly string[];
};

export type OpenOptions = {
  /** Where inputs and sources lie besides the files' own folders. */
  readonly storeDir?: string;
  readonly signal?: AbortSignal;
};

/**
 * Loads the closure of `.drv` files, or of JSON that `nix derivation show` wrote. A folder stands for
 * all its derivations; those that no other of them uses are then the roots.
 * @throws UnreadableDerivations when a folder or a JSON file holds none
 */
export async function openDerivations(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<OpenedClosure> {
  const files: string[] = [];
  const whole: string[] = [];
  const json: ClosureRoot[] = [];
  for (const path of paths.map((each) => resolve(each))) {
    if (path.endsWith('.json')) {
      json.push(...(await readJson(path)));
      continue;
    }
    if (!(await lstat(path)).isDirectory()) {
      files.push(path);
      continue;
    }
    const names = (await readdir(path)).filter(isDerivationFile).sort();
    if (names.length === 0) throw new UnreadableDerivations(path, 'holds no derivations');
    whole.push(...names.map((name) => join(path, name)));
  }
  const named = await readRoots(files);
  const together = [...(await readRoots(whole)), ...json];
  const used = new Set(
    together.flatMap(({ parsed }) => (parsed?.derivation?.inputDrvs ?? []).map(({ path }) => path)),
  );
  const roots = [...named, ...together.filter((root) => !used.has(root.path))];
  const folders = paths.filter((path) => path.endsWith('.json')).concat(files, whole);
  return openClosure(
    roots,
    folders.map((file) => dirname(resolve(file))),
    options,
    [],
    together,
  );
}

/** The closure of an editor's text: `file` says where it lies, `bytes` what it holds now. */
export function openDocument(
  file: string,
  bytes: Uint8Array,
  options: OpenOptions = {},
): Promise<OpenedClosure> {
  return openClosure([rootOf(file, bytes)], [dirname(file)], options);
}

export type OpenedInstallables = OpenedClosure & {
  /** Store paths of the files and folders that were named as they are. */
  readonly paths: readonly string[];
};

/**
 * The closure of `.drv` files, in this order, together with store paths that are there already and
 * all that these refer to.
 * @throws UnreadableDerivations when one of these is not
 */
export async function openInstallables(
  drvs: readonly string[],
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<OpenedInstallables> {
  const roots = await readRoots(drvs);
  const folders = [...drvs, ...paths].map((file) => dirname(resolve(file)));
  const storeDir = roots[0] === undefined ? '/nix/store' : dirname(roots[0].path);
  const also = paths.map((path) => byteStringOfText(`${storeDir}/${basename(path)}`));
  const opened = await openClosure(roots, folders, options, also);
  for (const path of also) {
    if (opened.closure.sources.get(path)?.references !== undefined) continue;
    const what = `is in none of the folders ${opened.folders.join(', ')}`;
    throw new UnreadableDerivations(textOf(path), what);
  }
  return { ...opened, paths: also };
}

async function openClosure(
  roots: readonly ClosureRoot[],
  folders: readonly string[],
  { storeDir, signal }: OpenOptions,
  alsoSources: readonly string[] = [],
  known: readonly ClosureRoot[] = [],
): Promise<OpenedClosure> {
  const all = [...new Set([...(storeDir === undefined ? [] : [resolve(storeDir)]), ...folders])];
  const reader = fileStoreReader(all);
  const closure = await loadClosure(roots, reader, {
    alsoSources,
    known,
    ...(signal === undefined ? {} : { signal }),
  });
  return { closure, sourceFolders: await sourceFoldersOf(closure, all), folders: all };
}

/** The closure of a derivation that a build has made, whose inputs lie where those of the build do. */
export function loadMade(
  { folders }: Pick<OpenedClosure, 'folders'>,
  path: string,
  bytes: Uint8Array,
): Promise<Closure> {
  return loadClosure([{ path, bytes }], fileStoreReader(folders));
}

/** As few of the folders as hold all sources that are there: those with the most first. */
async function sourceFoldersOf(
  closure: Closure,
  folders: readonly string[],
): Promise<readonly [string, ...string[]]> {
  const wanted = new Set([...closure.sources.keys()].map((path) => textOf(baseName(path))));
  const held = await Promise.all(
    folders.map(async (folder) => {
      const names = [...(await storeNames([folder])).values()];
      return { folder, names: names.filter((name) => wanted.has(name)) };
    }),
  );
  const lacking = new Set(wanted);
  const needed = held
    .sort((left, right) => right.names.length - left.names.length)
    .filter(({ names }) => names.map((name) => lacking.delete(name)).includes(true));
  const [first = folders[0] ?? '.', ...others] = needed.map(({ folder }) => folder);
  return [first, ...others];
}

/** The derivations of a file that `nix derivation show` wrote. */
async function readJson(file: string): Promise<ClosureRoot[]> {
  const text = await readFile(file, 'utf8');
  const { derivations, errors } = parseDerivationJson(text);
  const [first] = errors;
  if (first !== undefined) throw unreadableAt(file, text, first.start, first.message);
  if (derivations.length === 0) throw new UnreadableDerivations(file, 'holds no derivations');
  return derivations.map(({ path, derivation }) => {
    const bytes = printDerivation(derivation);
    return { path, bytes, parsed: parseDerivation(bytes) };
  });
}

/** Files read in one go before others get their turn: small ones cost less so than one by one. */
const FILES_AT_ONCE = 64;

async function readRoots(files: readonly string[]): Promise<ClosureRoot[]> {
  const roots: ClosureRoot[] = [];
  for (const [at, file] of files.entries()) {
    if (at % FILES_AT_ONCE === FILES_AT_ONCE - 1) await new Promise((done) => setImmediate(done));
    roots.push(rootOf(file, readFileSync(file)));
  }
  return roots;
}

function rootOf(file: string, bytes: Uint8Array): ClosureRoot {
  const name = byteStringOfText(basename(file));
  const parsed = parseDerivation(bytes);
  return { path: storePathOfFile(name, parsed.derivation), bytes, parsed };
}

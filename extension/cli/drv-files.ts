/**
 * Derivations that are no `.drv` files by name: on standard input one or several of them, the JSON of
 * `nix derivation show`, or the paths of files as `nix-store --query --requisites` lists them; and JSON in a
 * file. What has no file gets one in a folder of its own for as long as the command runs.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  baseName,
  derivationPath,
  parseDerivation,
  parseDerivationJson,
  parseStorePath,
  printDerivation,
  storeDirOf,
  textOf,
} from '../../language-server/derivation';
import { environmentValue, type Derivation } from '../../language-server/derivation/derivation';
import { outputPathName } from '../../language-server/derivation/hash-modulo';
import { optionsOf } from '../../language-server/derivation/options';
import {
  unreadableAt,
  UnreadableDerivations,
} from '../../language-server/server/unreadable-derivations';
import { STDIN } from './input-file';

/** What messages call standard input. */
const STDIN_NAME = 'standard input';

type NamedFile = readonly [name: string, contents: Uint8Array];

/**
 * The paths with files or a folder of files in place of `-` and of JSON, and what removes those.
 * @throws UnreadableDerivations when one of them holds none
 */
export async function asFiles(
  paths: readonly string[],
): Promise<{ readonly paths: readonly string[]; readonly remove: () => Promise<void> }> {
  const made: string[] = [];
  const remove = async (): Promise<void> => {
    for (const folder of made) await rm(folder, { recursive: true, force: true });
  };
  const places: string[] = [];
  try {
    for (const path of paths) {
      if (path !== STDIN && !path.endsWith('.json')) {
        places.push(path);
        continue;
      }
      const bytes = path === STDIN ? await buffer(process.stdin) : await readFile(path);
      const listed = path === STDIN ? listedFiles(bytes) : undefined;
      if (listed !== undefined) {
        places.push(...rootsAmong(listed));
        continue;
      }
      const files = filesOf(bytes, path === STDIN ? STDIN_NAME : path);
      const folder = await mkdtemp(join(tmpdir(), 'llb-lens-drv-'));
      made.push(folder);
      for (const [name, contents] of files) await writeFile(join(folder, name), contents);
      places.push(folder);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { paths: places, remove };
}

/** The `.drv` files of a list of paths, one a line; undefined for a text that is no such list. */
function listedFiles(bytes: Buffer): string[] | undefined {
  const start = startOf(bytes);
  if (start.startsWith('{') || IS_DERIVATION.test(start)) return undefined;
  const lines = bytes.toString('utf8').split(/\r?\n/);
  // A closure lists sources too.
  const files = lines.map((line) => line.trim()).filter((line) => line.endsWith('.drv'));
  return files.length === 0 ? undefined : files;
}

/** Those that no other of them is made from: the others are their closure. */
function rootsAmong(files: readonly string[]): string[] {
  const used = new Set(
    files.flatMap((file) => {
      const inputs = parseDerivation(readFileSync(file)).derivation?.inputDrvs ?? [];
      return inputs.map(({ path }) => textOf(baseName(path)));
    }),
  );
  return files.filter((file) => !used.has(basename(file))).map((file) => resolve(file));
}

const IS_DERIVATION = /^(?:Derive|DrvWithVersion)\(/;
/** Bytes that tell what a text is. */
const MARK_LENGTH = 64;

const startOf = (bytes: Buffer): string =>
  bytes.subarray(0, MARK_LENGTH).toString('latin1').trimStart();

/** By file name. */
function filesOf(bytes: Buffer, what: string): NamedFile[] {
  return startOf(bytes).startsWith('{')
    ? jsonFiles(bytes.toString('utf8'), what)
    : derivationFiles(bytes, what);
}

function jsonFiles(text: string, what: string): NamedFile[] {
  const { derivations, errors } = parseDerivationJson(text);
  const [first] = errors;
  if (first !== undefined) throw unreadableAt(what, text, first.start, first.message);
  if (derivations.length === 0) throw new UnreadableDerivations(what, 'holds no derivations');
  return derivations.map(({ path: at, derivation }) => [basename(at), printDerivation(derivation)]);
}

/** Where a derivation may end: at the end of all, or where another begins. */
const ENDS = /\)(?=\s*(?:Derive\(|DrvWithVersion\(|$))/g;

/** Derivations one behind the other, as `cat` puts them. */
function derivationFiles(bytes: Buffer, what: string): NamedFile[] {
  const text = bytes.toString('latin1');
  const files: NamedFile[] = [];
  let from = 0;
  for (const { index } of text.matchAll(ENDS)) {
    const contents = bytes.subarray(from, index + 1);
    const { derivation } = parseDerivation(contents);
    // The words can stand in a text of the derivation as well.
    if (derivation === undefined) continue;
    files.push([nameOf(contents, derivation), contents]);
    from =
      index + 1 + (/^\s*/.exec(text.slice(index + 1, index + 1 + MARK_LENGTH))?.[0].length ?? 0);
  }
  if (from === text.length && files.length > 0) return files;
  const [error] = parseDerivation(bytes.subarray(from)).errors;
  if (error !== undefined && IS_DERIVATION.test(text.slice(from, from + MARK_LENGTH))) {
    throw unreadableAt(what, text, from + error.start, error.message);
  }
  const message = 'holds neither derivations, nor JSON of some, nor a list of their files';
  throw new UnreadableDerivations(what, message);
}

/** A derivation's file is named by what it contains. */
function nameOf(bytes: Uint8Array, derivation: Derivation): string {
  const storeDir = storeDirOf(derivation);
  return textOf(baseName(derivationPath(bytes, derivation, ownName(derivation), storeDir)));
}

/** The name that it was given, or that its outputs show. */
function ownName(derivation: Derivation): string {
  const structured = optionsOf(derivation).attributes?.get('name');
  if (typeof structured === 'string') return structured;
  for (const { name, path } of derivation.outputs) {
    const suffix = outputPathName('', name);
    const shown = parseStorePath(path)?.name;
    if (shown?.endsWith(suffix) === true) return shown.slice(0, shown.length - suffix.length);
  }
  return environmentValue(derivation, 'name') ?? '';
}

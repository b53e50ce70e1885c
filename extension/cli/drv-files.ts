/**
 * Derivations that are no `.drv` files: one on standard input, or the JSON of `nix derivation show`
 * there or in a file. They become files in a folder of their own for as long as the command runs.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  baseName,
  derivationPath,
  parseDerivation,
  parseDerivationJson,
  printDerivation,
  storeDirOf,
  textOf,
} from '../../language-server/derivation';
import { environmentValue, type Derivation } from '../../language-server/derivation/derivation';
import { optionsOf } from '../../language-server/derivation/options';
import { CliError, ExitCode } from './exit-code';

/** The paths with a file or a folder of files in place of `-` and of JSON, and what removes those. */
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
      if (path !== '-' && !path.endsWith('.json')) {
        places.push(path);
        continue;
      }
      const bytes = path === '-' ? await buffer(process.stdin) : await readFile(path);
      const files = filesOf(bytes, path);
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

/** By file name. */
function filesOf(bytes: Buffer, path: string): (readonly [string, Uint8Array])[] {
  const what = path === '-' ? 'standard input' : path;
  const isJson = /^\s*\{/.test(bytes.subarray(0, 64).toString('latin1'));
  if (!isJson) {
    const { derivation } = parseDerivation(bytes);
    if (derivation !== undefined) return [[nameOf(bytes, derivation), bytes]];
    throw new CliError(ExitCode.failed, `${what} holds neither a derivation nor JSON of some`);
  }
  const { derivations, errors } = parseDerivationJson(bytes.toString('utf8'));
  const [first] = errors;
  if (first !== undefined) {
    throw new CliError(ExitCode.failed, `${what}: ${first.message} at character ${first.start}`);
  }
  if (derivations.length === 0) throw new CliError(ExitCode.failed, `${what} holds no derivations`);
  return derivations.map(({ path: at, derivation }) => [basename(at), printDerivation(derivation)]);
}

/** A derivation's file is named by what it contains. */
function nameOf(bytes: Uint8Array, derivation: Derivation): string {
  const structured = optionsOf(derivation).attributes?.get('name');
  const name =
    typeof structured === 'string' ? structured : (environmentValue(derivation, 'name') ?? '');
  return textOf(baseName(derivationPath(bytes, derivation, name, storeDirOf(derivation))));
}

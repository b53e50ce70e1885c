/** Expressions that tests have Nix evaluate with no more than busybox, from the recorded sources. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readNar } from '../../language-server/derivation';
import { writeTree } from './write-tree';

const sources = resolve(import.meta.dirname, '../../../shared/conformance/nix/sources');
const busybox = '80l1k1ck61fghkxfl153x0cf392xx0lw-busybox-static';
/** The store name of a static bash, for {@link writeStored}. */
export const BASH = 'rm2308c8jw4blv5qgkslcpdq4hy92zz6-bash-static';

/** False in a clone without the conformance data; says so once. */
export function hasSources(): boolean {
  const present = existsSync(sources);
  if (!present) console.warn('skipped: the Nix conformance data (../shared) is not there');
  return present;
}

/** `bb` is busybox; `make NAME SCRIPT` a derivation whose script has it on its PATH. */
const prelude = `
  bb = builtins.path { path = ./busybox; name = "busybox-static"; };
  make = name: script: derivation {
    inherit name; system = "x86_64-linux"; builder = bb + "/bin/sh";
    args = [ "-euc" ("export PATH=" + bb + "/bin\\n" + script) ];
  };`;

/** Writes `default.nix` and what it needs. @param bindings,body go behind `let` and `in` */
export async function writeExpression(
  folder: string,
  { bindings = '', body }: { readonly bindings?: string; readonly body: string },
): Promise<void> {
  await writeSource(busybox, join(folder, 'busybox'));
  await writeFile(join(folder, 'default.nix'), `let${prelude}${bindings}\nin ${body}\n`);
}

/** Writes the programs that an expression of ours reads from its own folder. */
export async function writePrograms(folder: string): Promise<void> {
  await writeSource(busybox, join(folder, 'busybox'));
  await writeSource(BASH, join(folder, 'bash'));
}

/** Writes a source under its name in a store. */
export async function writeStored(folder: string, name: string): Promise<void> {
  await writeSource(name, join(folder, name));
}

async function writeSource(name: string, path: string): Promise<void> {
  await writeTree(readNar(await readFile(join(sources, `${name}.nar`))), path);
}

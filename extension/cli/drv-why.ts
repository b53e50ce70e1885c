/** `llb-lens drv --why NAME`: the ways from the roots of a closure to what has this name. */
import { baseName, textOf, waysTo, type Closure } from '../../language-server/derivation';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';

/** @param wanted a store path, its base name, or a name without hash and ending */
export async function printWays(closure: Closure, wanted: string, to: Console): Promise<number> {
  const all = [...closure.derivations.keys(), ...closure.sources.keys()];
  const found = all.filter((path) => isNamed(textOf(path), wanted));
  if (found.length === 0) throw new CliError(ExitCode.failed, `the closure has no ${wanted}`);
  for (const path of found) {
    for (const root of closure.roots) {
      for (const way of waysTo(closure, root, path)) {
        const lines = way.map((each, at) => `${'  '.repeat(at)}${textOf(baseName(each))}`);
        await to.out(`${lines.join('\n')}\n`);
      }
    }
  }
  return ExitCode.good;
}

function isNamed(path: string, wanted: string): boolean {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const name = base.slice('-'.length + 32);
  return [path, base, name, name.replace(/\.drv$/, '')].includes(wanted);
}

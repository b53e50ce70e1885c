/** Graphs of references that a derivation wants of what it does not see: Nix exports only what it does. */
import { textOf } from '../byte-string';
import type { LoadedDerivation } from '../closure';
import type { Derivation } from '../derivation';
import { diagnostic, type ClosureDiagnostic } from '../diagnostic';
import { optionsOf } from '../options';
import { enclosingStorePath } from '../sandbox/reference-graph';
import { parseStorePath, storeDirOf } from '../store-path';
import type { Scope } from './scope';

/** @param derivation with the paths of its inputs put in */
export function graphFaults(
  { path: drv, syntax }: LoadedDerivation,
  derivation: Derivation,
  { outputs, sources }: Scope,
): ClosureDiagnostic[] {
  const paths = optionsOf(derivation).graphs.flatMap((graph) => graph.paths);
  if (paths.length === 0) return [];
  const storeDir = storeDirOf(derivation);
  return [...new Set(paths)].flatMap((named) => {
    const path = enclosingStorePath(named, storeDir);
    // What stands for a path that is not known yet is an output of an input.
    if (parseStorePath(path) === undefined || outputs.has(path) || sources.has(path)) return [];
    const at = syntax.env.find((entry) => entry.value.value.includes(named))?.value ?? syntax;
    const message =
      `cannot export references of path '${textOf(path)}' because it is not in the input ` +
      'closure of the derivation';
    return [{ ...diagnostic('illegal-reference', at, message), drv }];
  });
}

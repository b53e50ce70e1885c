/** Everything wrong with a closure or impossible in it, before any of it is compiled. */
import type { Platform } from '../../../proto/model/op';
import { textOf } from '../byte-string';
import type { Closure, LoadedDerivation } from '../closure';
import { isFixedOutput, outputKind, type Derivation } from '../derivation';
import { diagnostic, type ClosureDiagnostic, type DerivationDiagnostic } from '../diagnostic';
import { derivationDiagnostics } from '../diagnostics';
import { optionsOf } from '../options';
import { moduloHashesOf } from '../outputs';
import { baseName } from '../store-path';
import type { CompileOptions } from './compiled-closure';
import { missingFeatures, unsupportedFeatures } from './features';
import { BUILTIN_SYSTEM, platformOfSystem, workerFor } from './systems';

export const AMD64: Platform = { os: 'linux', architecture: 'amd64' };

export type ClosureCheck = {
  readonly problems: readonly ClosureDiagnostic[];
  /** False when the closure cannot even be drawn. */
  readonly drawable: boolean;
  readonly platformOf: (derivation: Derivation) => Platform;
};

/** Inputs that may be different at every build, of a derivation that Nix would not build anew. */
function impureInputs(
  { path, syntax }: LoadedDerivation,
  derivation: Derivation,
  closure: Closure,
): DerivationDiagnostic[] {
  const isImpure = ({ outputs }: Derivation): boolean =>
    outputs.some((output) => outputKind(output) === 'impure');
  if (isFixedOutput(derivation) || isImpure(derivation)) return [];
  return syntax.inputDrvs.flatMap(({ path: node }) => {
    const input = closure.derivations.get(node.value)?.derivation;
    if (input === undefined || !isImpure(input)) return [];
    const message = `pure derivation '${textOf(path)}' depends on impure derivation '${textOf(node.value)}'`;
    return [diagnostic('outside-sandbox', node, message)];
  });
}

export function checkClosure(closure: Closure, options: CompileOptions): ClosureCheck {
  const platforms = options.platforms ?? [AMD64];
  const own = platforms[0] ?? AMD64;
  const problems: ClosureDiagnostic[] = [];
  let drawable = closure.cyclic.size === 0;
  const hashes = moduloHashesOf(closure);
  const platformOf = (derivation: Derivation): Platform | undefined =>
    derivation.system === BUILTIN_SYSTEM ? own : workerFor(derivation.system, platforms);
  const mountable = /^\/[^/].*\/[^/]+$/.test(closure.storeDir);
  for (const loaded of closure.derivations.values()) {
    const { path, bytes, derivation, syntax } = loaded;
    if (options.substitution?.built.has(path) === false) continue;
    const found = derivationDiagnostics({ path, bytes, parsed: loaded }, closure, hashes);
    if (derivation === undefined) {
      if (closure.roots.includes(path)) drawable = false;
    } else {
      found.push(...unsupportedFeatures(derivation, syntax, path, bytes));
      found.push(...impureInputs(loaded, derivation, closure));
      const platform = platformOf(derivation);
      const missing = missingFeatures(optionsOf(derivation).features, options.features);
      if (missing.length > 0 || platform === undefined) {
        const system = textOf(derivation.system);
        const wanted = optionsOf(derivation).features.map(textOf).sort().join(', ');
        const message =
          `a '${system}' with features {${wanted}} is required to build ` +
          `'${textOf(baseName(path))}', which this builder is not`;
        const code = missing.length > 0 ? 'missing-feature' : 'platform-mismatch';
        found.push(diagnostic(code, syntax.system ?? syntax, message));
      }
      if (!mountable) {
        const message = `the store directory ${textOf(closure.storeDir)} cannot be mounted`;
        found.push(diagnostic('unsupported', syntax, message));
        drawable = false;
      }
    }
    problems.push(...found.map((each) => ({ ...each, drv: path })));
  }
  const platformFor = (derivation: Derivation): Platform =>
    platformOf(derivation) ?? platformOfSystem(derivation.system) ?? own;
  return { problems, drawable, platformOf: platformFor };
}

/** Everything wrong with a closure or impossible in it, before any of it is compiled. */
import type { Platform } from '../../../proto/model/op';
import { textOf } from '../byte-string';
import type { Closure } from '../closure';
import type { Derivation } from '../derivation';
import { diagnostic, type ClosureDiagnostic } from '../diagnostic';
import { derivationDiagnostics } from '../diagnostics';
import { optionsOf } from '../options';
import { moduloHashesOf } from '../outputs';
import { baseName } from '../store-path';
import type { CompileOptions } from './compiled-closure';
import { missingFeatures, unsupportedFeatures } from './features';
import { BUILTIN_SYSTEM, platformOfSystem, samePlatform } from './systems';

export const AMD64: Platform = { os: 'linux', architecture: 'amd64' };

export type ClosureCheck = {
  readonly problems: readonly ClosureDiagnostic[];
  /** False when the closure cannot even be drawn. */
  readonly drawable: boolean;
  readonly platformOf: (derivation: Derivation) => Platform;
};

export function checkClosure(closure: Closure, options: CompileOptions): ClosureCheck {
  const platforms = options.platforms ?? [AMD64];
  const own = platforms[0] ?? AMD64;
  const problems: ClosureDiagnostic[] = [];
  let drawable = closure.cyclic.size === 0;
  const hashes = moduloHashesOf(closure);
  const platformOf = (derivation: Derivation): Platform | undefined =>
    derivation.system === BUILTIN_SYSTEM ? own : platformOfSystem(derivation.system);
  const mountable = /^\/[^/].*\/[^/]+$/.test(closure.storeDir);
  for (const loaded of closure.derivations.values()) {
    const { path, bytes, derivation, syntax } = loaded;
    if (options.substitution?.built.has(path) === false) continue;
    const found = derivationDiagnostics({ path, bytes, parsed: loaded }, closure, hashes);
    if (derivation === undefined) {
      if (closure.roots.includes(path)) drawable = false;
    } else {
      found.push(...unsupportedFeatures(derivation, syntax, path));
      const platform = platformOf(derivation);
      const missing = missingFeatures(optionsOf(derivation).features, options.features);
      if (
        missing.length > 0 ||
        platform === undefined ||
        !platforms.some((each) => samePlatform(each, platform))
      ) {
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
  return { problems, drawable, platformOf: (derivation) => platformOf(derivation) ?? own };
}

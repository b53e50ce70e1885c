/**
 * The derivation as a value: what one `.drv` file says, in the order in which it says it, so that
 * printing gives the same bytes again. All texts are byte strings.
 */
import type { ByteString } from './byte-string';

export type DerivationOutput = {
  readonly name: ByteString;
  /** The store path; empty for content-addressed, deferred and impure outputs. */
  readonly path: ByteString;
  /** `sha256`, `r:sha256` …; empty for input-addressed outputs. */
  readonly hashAlgorithm: ByteString;
  /** Base 16; `impure` for impure outputs, empty where the contents are not fixed. */
  readonly hash: ByteString;
};

/** Which outputs of an input are used; `dynamic` names outputs of the derivations these hold. */
export type OutputSelection = {
  readonly outputs: readonly ByteString[];
  /** Only in `xp-dyn-drv` files; an empty list is written differently from none. */
  readonly dynamic?: readonly { readonly name: ByteString; readonly selection: OutputSelection }[];
};

export type InputDerivation = OutputSelection & { readonly path: ByteString };

export type EnvironmentEntry = { readonly name: ByteString; readonly value: ByteString };

export type Derivation = {
  /** `undefined` for plain `Derive(…)`, else the version of `DrvWithVersion("…", …)`. */
  readonly version?: ByteString;
  readonly outputs: readonly DerivationOutput[];
  readonly inputDrvs: readonly InputDerivation[];
  readonly inputSrcs: readonly ByteString[];
  readonly system: ByteString;
  readonly builder: ByteString;
  readonly args: readonly ByteString[];
  readonly env: readonly EnvironmentEntry[];
};

/** How an output's path comes about; see {@link outputKind}. */
export type OutputKind = 'input-addressed' | 'fixed' | 'floating' | 'deferred' | 'impure';

/** Tells an output's kind from which of its fields are set, as Nix does. */
export function outputKind(output: DerivationOutput): OutputKind {
  if (output.hash === 'impure') return 'impure';
  if (output.hashAlgorithm !== '') return output.hash === '' ? 'floating' : 'fixed';
  return output.path === '' ? 'deferred' : 'input-addressed';
}

/** True for a fixed-output derivation: one output named `out` whose hash is given beforehand. */
export function isFixedOutput(derivation: Derivation): boolean {
  const [output] = derivation.outputs;
  return (
    derivation.outputs.length === 1 && output?.name === 'out' && outputKind(output) === 'fixed'
  );
}

/** The value of an environment variable of the derivation (the first of that name). */
export function environmentValue(derivation: Derivation, name: ByteString): ByteString | undefined {
  return derivation.env.find((entry) => entry.name === name)?.value;
}

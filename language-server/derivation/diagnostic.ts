/** What can be wrong with a derivation, as plain values: editors, the CLI and the compiler share them. */
import type { ByteString } from './byte-string';
import type { ByteRange } from './syntax';

/** Every kind of finding and how bad it is. An error keeps the derivation from being built as written. */
export const DIAGNOSTIC_CODES = {
  syntax: 'error',
  escape: 'error',
  unusual: 'error',
  'wrong-derivation-name': 'error',
  'wrong-output-path': 'error',
  'missing-input': 'error',
  'missing-input-output': 'error',
  'missing-source': 'error',
  'unreadable-input': 'error',
  'input-cycle': 'error',
  'duplicate-variable': 'error',
  'duplicate-input': 'error',
  'duplicate-output': 'error',
  'no-outputs': 'error',
  'invalid-path': 'error',
  'invalid-hash': 'error',
  unsorted: 'warning',
  'foreign-store': 'error',
  unsupported: 'error',
  'platform-mismatch': 'error',
  'missing-feature': 'error',
  'outside-sandbox': 'error',
  'illegal-reference': 'error',
  'illegal-check': 'error',
  nul: 'error',
} as const satisfies Record<string, 'error' | 'warning' | 'information'>;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;
export type DiagnosticSeverity = (typeof DIAGNOSTIC_CODES)[DiagnosticCode];

export type DerivationDiagnostic = ByteRange & {
  readonly code: DiagnosticCode;
  readonly severity: DiagnosticSeverity;
  readonly message: string;
  /** The text that would be right wherever the wrong one stands. */
  readonly replacement?: { readonly wrong: ByteString; readonly right: ByteString };
};

/** A diagnostic that may lie in any file of a closure. */
export type ClosureDiagnostic = DerivationDiagnostic & {
  /** The store path of the derivation it is about. */
  readonly drv: ByteString;
};

/**
 * Whether nothing of a closure is built where this is found. Of what makes no sense in the checks of
 * outputs Nix speaks only once they are built: that derivation fails, and the others are built.
 */
export function isRefused({ code, severity }: Pick<DerivationDiagnostic, 'code' | 'severity'>) {
  return severity === 'error' && code !== 'illegal-check';
}

/** Makes a diagnostic of this code at a place. */
export function diagnostic(
  code: DiagnosticCode,
  range: ByteRange,
  message: string,
): DerivationDiagnostic {
  const { start, end } = range;
  return { code, severity: DIAGNOSTIC_CODES[code], message, start, end };
}

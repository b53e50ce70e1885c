/** Edits for what is wrong with a derivation file: paths that its contents demand. */
import {
  CodeActionKind,
  type CodeAction,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver-types';
import { byteStringOf, textOf, type DerivationDiagnostic } from '../derivation';

export type PlacedDiagnostic = {
  readonly found: DerivationDiagnostic;
  readonly diagnostic: Diagnostic;
};

/** @param rangeOf of byte offsets */
export function derivationFixes(
  uri: string,
  bytes: Uint8Array,
  problems: readonly PlacedDiagnostic[],
  rangeOf: (start: number, end: number) => Range,
): CodeAction[] {
  const text = byteStringOf(bytes);
  return problems.flatMap(({ found: { replacement }, diagnostic }) => {
    if (replacement === undefined) return [];
    const { wrong, right } = replacement;
    const edits = [];
    // The path stands among the outputs, in a variable, and wherever the builder is told of it.
    for (let at = text.indexOf(wrong); at >= 0; at = text.indexOf(wrong, at + wrong.length)) {
      edits.push({ range: rangeOf(at, at + wrong.length), newText: textOf(right) });
    }
    return [
      {
        title: `Use the path that the contents give: ${textOf(right)}`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: true,
        edit: { changes: { [uri]: edits } },
      },
    ];
  });
}

/** Places of the compilers, which count in UTF-16 offsets or in BuildKit's lines, as LSP ranges. */
import type { Range } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

/** A half-open piece of the text in UTF-16 code units. */
export function rangeOfSpan(
  document: TextDocument,
  span: { readonly start: number; readonly end: number },
): Range {
  return { start: document.positionAt(span.start), end: document.positionAt(span.end) };
}

/** Whole lines, counted from 1 and inclusive as BuildKit does; blanks at both ends are left out. */
export function rangeOfLines(
  document: TextDocument,
  lines: { readonly first: number; readonly last: number },
): Range {
  const last = document.lineCount - 1;
  const first = Math.min(Math.max(lines.first - 1, 0), last);
  const end = Math.min(Math.max(lines.last - 1, first), last);
  const lineText = (line: number) =>
    document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  const startText = lineText(first);
  return {
    start: { line: first, character: startText.length - startText.trimStart().length },
    end: { line: end, character: lineText(end).trimEnd().length },
  };
}

/** The first line of a document: where a problem without a place is shown. */
export function firstLine(document: TextDocument): Range {
  return rangeOfLines(document, { first: 1, last: 1 });
}

/** What folds in a Dockerfile: stages, instructions of several lines, heredocs, comment blocks. */
import {
  FoldingRangeKind,
  type DocumentSymbol,
  type FoldingRange,
} from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { SyntaxTree } from './dockerfile/parser/syntax-tree';

export function dockerfileFolding(
  document: TextDocument,
  tree: SyntaxTree,
  symbols: readonly DocumentSymbol[],
): FoldingRange[] {
  const lineAt = (offset: number) => document.positionAt(offset).line;
  const ranges: FoldingRange[] = [
    ...symbols
      .filter((symbol) => symbol.children !== undefined)
      .map(({ range }) => ({ startLine: range.start.line, endLine: range.end.line })),
    ...tree.instructions.map(({ span }) => ({
      startLine: lineAt(span.start),
      endLine: lineAt(span.end),
    })),
    ...tree.instructions
      .flatMap(({ heredocs }) => heredocs)
      .map(({ body, terminator }) => ({
        startLine: lineAt(body.start) - 1,
        endLine: lineAt((terminator ?? body).end),
      })),
    ...commentBlocks(tree),
  ];
  const seen = new Set<string>();
  return ranges.filter(({ startLine, endLine }) => {
    const key = `${startLine}-${endLine}`;
    if (startLine >= endLine || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Runs of comment lines; `Comment.line` counts from 1. */
function commentBlocks(tree: SyntaxTree): FoldingRange[] {
  const blocks: { startLine: number; endLine: number; kind: FoldingRangeKind }[] = [];
  for (const { line } of tree.comments) {
    const last = blocks.at(-1);
    if (last?.endLine === line - 2) last.endLine = line - 1;
    else blocks.push({ startLine: line - 1, endLine: line - 1, kind: FoldingRangeKind.Comment });
  }
  return blocks;
}

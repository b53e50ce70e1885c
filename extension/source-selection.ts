/** Between a node of the graph and its place in the text, both ways. */
import * as vscode from 'vscode';
import type { BuildGraph, GraphNode, NodeId, NodeRange } from '../proto/model/build-graph';

const mark = vscode.window.createTextEditorDecorationType({
  isWholeLine: true,
  backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
  overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.rangeHighlightForeground'),
});

/**
 * Shows where a node is written: its lines are marked wherever they are visible, and with `open`
 * selected too, in an editor that is opened if need be. The focus stays where it is.
 */
export async function revealNode(graph: BuildGraph, node: GraphNode, open: boolean): Promise<void> {
  const place = placeOf(graph, node);
  if (place === undefined) return;
  for (const editor of vscode.window.visibleTextEditors) {
    const isThere = editor.document.uri.toString() === place.uri.toString();
    editor.setDecorations(mark, isThere ? [place.range] : []);
    if (isThere && !open) {
      editor.revealRange(place.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }
  if (!open) return;
  const visible = vscode.window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === place.uri.toString(),
  );
  const document = await vscode.workspace.openTextDocument(place.uri);
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: visible?.viewColumn ?? vscode.ViewColumn.One,
    preserveFocus: true,
    preview: false,
    selection: document.validateRange(place.range),
  });
  editor.setDecorations(mark, [document.validateRange(place.range)]);
}

/**
 * The node that is written at a position: of several the one with the least text, and `current`
 * before others of the same size. Undefined where nothing is written.
 */
export function nodeAt(
  graph: BuildGraph,
  uri: vscode.Uri,
  position: vscode.Position,
  current: NodeId | null,
): NodeId | undefined {
  const source = graph.sources.findIndex(
    (one) => one.uri !== undefined && vscode.Uri.parse(one.uri).toString() === uri.toString(),
  );
  if (source < 0) return undefined;
  let best: { readonly id: NodeId; readonly size: number } | undefined;
  for (const node of graph.nodes) {
    const range = wholeRange(node.ranges, source);
    if (range?.contains(position) !== true) continue;
    const size = range.end.line - range.start.line;
    const isBetter = best === undefined || size < best.size;
    if (isBetter || (size === best?.size && node.id === current)) best = { id: node.id, size };
  }
  return best?.id;
}

export function placeOf(
  graph: BuildGraph,
  node: GraphNode,
): { readonly uri: vscode.Uri; readonly range: vscode.Range } | undefined {
  const first = node.ranges[0];
  const uri = first === undefined ? undefined : graph.sources[first.source]?.uri;
  if (first === undefined || uri === undefined) return undefined;
  const range = wholeRange(node.ranges, first.source);
  return range === undefined ? undefined : { uri: vscode.Uri.parse(uri), range };
}

/** BuildKit writes one whole-line range for each line of an instruction: characters are 0 in it. */
function wholeRange(ranges: readonly NodeRange[], source: number): vscode.Range | undefined {
  let whole: vscode.Range | undefined;
  for (const { start, end, source: index } of ranges) {
    if (index !== source) continue;
    const isWholeLines = start.character === 0 && end.character === 0;
    const range = new vscode.Range(
      Math.max(start.line - 1, 0),
      start.character,
      Math.max(end.line - 1, 0),
      isWholeLines ? Number.MAX_SAFE_INTEGER : end.character,
    );
    whole = whole === undefined ? range : whole.union(range);
  }
  return whole;
}

/** Breakpoints on the nodes of a graph. */
import * as vscode from 'vscode';
import type { BuildGraph, GraphNode } from '../proto/model/build-graph';
import { placeOf } from './source-selection';

/**
 * Takes away the breakpoints of a node, or sets one: on the line where it is written, else, where no
 * text is known, by its digest, which the debugger takes for a name.
 */
export function toggleBreakpoint(graph: BuildGraph, node: GraphNode): void {
  const place = placeOf(graph, node);
  const own = vscode.debug.breakpoints.filter((one) =>
    one instanceof vscode.SourceBreakpoint
      ? one.location.uri.toString() === place?.uri.toString() &&
        place.range.contains(one.location.range.start)
      : one instanceof vscode.FunctionBreakpoint && one.functionName === node.digest,
  );
  if (own.length > 0) {
    vscode.debug.removeBreakpoints(own);
    return;
  }
  const made =
    place === undefined
      ? new vscode.FunctionBreakpoint(node.digest)
      : new vscode.SourceBreakpoint(new vscode.Location(place.uri, place.range.start));
  vscode.debug.addBreakpoints([made]);
}

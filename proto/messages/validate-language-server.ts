/** Guards of what our language server says beyond LSP. */
import type { GraphPatchParams, GraphResult } from './language-server';
import { isCount, isNumber, isString, object } from './validate';
import { isBuildGraph, isGraphPatch } from './validate-graph';

export const isGraphResult = object<GraphResult>({
  documentVersion: isNumber,
  graphVersion: isCount,
  graph: isBuildGraph,
});

export const isGraphPatchParams = object<GraphPatchParams>({
  uri: isString,
  documentVersion: isNumber,
  base: isCount,
  graphVersion: isCount,
  patch: isGraphPatch,
});

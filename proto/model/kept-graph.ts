/** What is kept of a graph for the next one of the same file. */
import type { GraphGroup, GraphNode, GraphSource } from './build-graph';
import type { DefinitionOp } from './definition';

/** `ops` and `nodes` are in the same order: each op with what became of it. */
export type Kept = {
  readonly ops: readonly DefinitionOp[];
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphGroup[];
  readonly sources: readonly GraphSource[];
  /** No op is tied to a session. */
  readonly isNeutral: boolean;
};

export const nothingKept: Kept = { ops: [], nodes: [], groups: [], sources: [], isNeutral: false };

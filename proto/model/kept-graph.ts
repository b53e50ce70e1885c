/** What a graph is made of, and what is kept of it for the next one of the same file. */
import type { GraphGroup, GraphNode, GraphSource } from './build-graph';
import type { Definition, DefinitionOp } from './definition';
import type { Digest } from './digest';
import { NodeParts, type NodeOptions } from './graph-node';

export type GraphOptions = NodeOptions & {
  /** Documents by source file name. */
  readonly uris?: Readonly<Record<string, string>>;
  readonly notes?: readonly string[];
};

/** The ops of all definitions, each once, and those that the builds' results are. */
export type Collected = {
  readonly ops: readonly DefinitionOp[];
  /** Where each op is from. */
  readonly originOf: (index: number) => Origin;
  readonly results: ReadonlySet<Digest>;
  readonly sources: readonly GraphSource[];
};

/** A definition, and the numbers that the graph gives to its sources. */
export type Origin = { readonly definition: Definition; readonly sourceIndex: readonly number[] };

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

/** What was kept of the last graph, and the parts of nodes that follow from one immutable object. */
export class GraphMemo {
  readonly parts = new NodeParts();
  last: Kept = nothingKept;
}

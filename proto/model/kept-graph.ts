/** What a graph is made of, and what is kept of it for the next one of the same file. */
import type { GraphGroup, GraphNode, GraphSource, NodeId } from './build-graph';
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
  readonly definitions: readonly Definition[];
};

/** A definition, and the numbers that the graph gives to its sources. */
export type Origin = { readonly definition: Definition; readonly sourceIndex: readonly number[] };

/** `ops` and `nodes` are in the same order: each op with what became of it. */
export type Kept = {
  readonly ops: readonly DefinitionOp[];
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphGroup[];
  readonly sources: readonly GraphSource[];
  readonly results: readonly NodeId[];
  /** The places of ops about which there may be more to say than they do. */
  readonly sourceOps: readonly number[];
  /** Stands for the one definition that it was made from, where that has an edition. */
  readonly version: object | undefined;
  /** No op is tied to a session. */
  readonly isNeutral: boolean;
};

export const nothingKept: Kept = {
  ops: [],
  nodes: [],
  groups: [],
  sources: [],
  results: [],
  sourceOps: [],
  version: undefined,
  isNeutral: false,
};

/** What is kept of a graph's ops besides their nodes. */
export function keptOf(
  ops: readonly DefinitionOp[],
  definitions: readonly Definition[],
): Pick<Kept, 'ops' | 'sourceOps' | 'version'> {
  const sourceOps: number[] = [];
  for (let place = 0; place < ops.length; place++) {
    if (ops[place]?.op.op.kind === 'source') sourceOps.push(place);
  }
  const [first] = definitions;
  const version = definitions.length === 1 ? first?.edit?.version : undefined;
  return { ops, sourceOps, version };
}

/** What was kept of the last graph, and the parts of nodes that follow from one immutable object. */
export class GraphMemo {
  readonly parts = new NodeParts();
  last: Kept = nothingKept;
}

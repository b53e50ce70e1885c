/**
 * The chain of steps that took longest in all: what a build must get faster on to end sooner. Steps
 * from the cache take no time, and those that another build had begun only what was left of them.
 */
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import { statusOf } from './describe';
import { elapsedHere } from './units';

export type CriticalPath = {
  /** From the first step to the last. */
  readonly nodes: readonly NodeId[];
  /** Milliseconds that the steps took together. */
  readonly duration: number;
};

/** The path at `now`; empty where nothing ran. Nodes come inputs first, so one pass is enough. */
export function criticalPath(graph: BuildGraph, now: number): CriticalPath {
  const ends = new Map<NodeId, { readonly total: number; readonly before: NodeId | undefined }>();
  let last: NodeId | undefined;
  let longest = 0;
  for (const node of graph.nodes) {
    let before: NodeId | undefined;
    let total = 0;
    for (const input of node.inputs) {
      const sum = ends.get(input.node)?.total ?? 0;
      if (sum > total) {
        total = sum;
        before = input.node;
      }
    }
    total += elapsedHere(statusOf(graph, node.id), now) ?? 0;
    ends.set(node.id, { total, before });
    if (total > longest) {
      longest = total;
      last = node.id;
    }
  }
  const nodes: NodeId[] = [];
  for (let at = last; at !== undefined; at = ends.get(at)?.before) nodes.unshift(at);
  return { nodes, duration: longest };
}

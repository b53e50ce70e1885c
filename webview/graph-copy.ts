/** The page's copy of the host's graph: snapshots and patches in their order, and what just came. */
import type { BuildGraph, GraphPatch, NodeId } from '../proto/model/build-graph';
import { applyPatch } from '../proto/model/graph-patch';

/** Milliseconds a node that just came is marked as new. */
export const FRESH = 6000;

/** What became of a patch. */
export type Patched =
  /** The graph is another one. @see shape: more of it than the status */
  | { readonly kind: 'applied'; readonly shape: boolean }
  /** Something in between was missed, and can only be had whole. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'old' };

export class GraphCopy {
  private version = -1;
  private graph: BuildGraph | undefined;
  /** When each new node is one of many. */
  private readonly until = new Map<NodeId, number>();

  get current(): BuildGraph | undefined {
    return this.graph;
  }

  replace(graph: BuildGraph, version: number): void {
    this.graph = graph;
    this.version = version;
  }

  patch(base: number, version: number, change: GraphPatch, now: number): Patched {
    const before = this.graph;
    if (before === undefined) return { kind: 'gap' };
    if (base !== this.version) return { kind: version > this.version ? 'gap' : 'old' };
    this.graph = applyPatch(before, change);
    this.version = version;
    const shape = Object.keys(change).some((part) => part !== 'status');
    const known = new Set(shape ? before.nodes.map(({ id }) => id) : []);
    if (known.size > 0)
      for (const { id } of this.graph.nodes) if (!known.has(id)) this.until.set(id, now + FRESH);
    return { kind: 'applied', shape };
  }

  /** The nodes that came a moment ago. */
  fresh(now: number): ReadonlySet<NodeId> {
    for (const [id, until] of this.until) if (until <= now) this.until.delete(id);
    return new Set(this.until.keys());
  }
}

/**
 * Where edges meet a card. A build's main line goes in and out in the middle, so that chains stand
 * in one column; copies keep to one side of it and mounts to the other. A kind that is alone on its
 * side of the card takes the middle.
 */
import type { EdgeKind } from '../../proto/model/build-graph';
import type { LayoutEdge } from './layout';

/** The share of a card's side at which an edge meets it, from the left (or from the top). */
const SHARES: Readonly<Record<EdgeKind, number>> = { mount: 0.18, input: 0.5, copy: 0.82 };

export type PortSide = 'in' | 'out';
/** The kinds of edges that end and begin at a node. */
export type Ends = Readonly<Record<PortSide, ReadonlySet<EdgeKind>>>;

const NONE: Ends = { in: new Set(), out: new Set() };

/** The kinds that meet at every node that has edges. */
export function endsOf(edges: readonly LayoutEdge[]): (id: string) => Ends {
  const ends = new Map<string, Record<PortSide, Set<EdgeKind>>>();
  const of = (id: string): Record<PortSide, Set<EdgeKind>> => {
    let known = ends.get(id);
    if (known === undefined) ends.set(id, (known = { in: new Set(), out: new Set() }));
    return known;
  };
  for (const { from, to, kind } of edges) {
    of(from).out.add(kind);
    of(to).in.add(kind);
  }
  return (id) => ends.get(id) ?? NONE;
}

/** The place of a kind of edge on one side of a node, 0 to 1. */
export function portShare(ends: Ends, side: PortSide, kind: EdgeKind): number {
  return ends[side].size <= 1 ? SHARES.input : SHARES[kind];
}

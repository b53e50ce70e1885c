/**
 * What a layout is given and what it gives back: plain data, so that engines are exchangeable and
 * may run in a worker or in the CLI.
 */
import type { EdgeKind, GroupId, NodeId } from '../../proto/model/build-graph';

export type Point = { readonly x: number; readonly y: number };
/** Lengths in pixels at zoom 1, y downwards; `x`, `y` is the upper left corner. */
export type Box = Point & { readonly width: number; readonly height: number };

export type LayoutNode = {
  readonly id: NodeId;
  readonly width: number;
  readonly height: number;
  readonly group?: GroupId;
};

export type LayoutGroup = { readonly id: GroupId; readonly labelWidth: number };

/** One line of the picture: data flows from `from` to `to`. */
export type LayoutEdge = {
  readonly id: string;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: EdgeKind;
};

export type LayoutInput = {
  /** In definition order: inputs before their users. */
  readonly nodes: readonly LayoutNode[];
  readonly groups: readonly LayoutGroup[];
  readonly edges: readonly LayoutEdge[];
  /** Where nodes stood before; an engine keeps their order and, as far as it can, their places. */
  readonly previous?: ReadonlyMap<NodeId, Point>;
};

export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<NodeId, Box>;
  readonly groups: ReadonlyMap<GroupId, Box>;
  /** Corner points from source to target. */
  readonly edges: ReadonlyMap<string, readonly Point[]>;
};

export const emptyLayout: Layout = {
  width: 0,
  height: 0,
  nodes: new Map(),
  groups: new Map(),
  edges: new Map(),
};

/** The old places that a new layout should keep. */
export function placesOf(layout: Layout): ReadonlyMap<NodeId, Point> {
  return new Map([...layout.nodes].map(([id, { x, y }]) => [id, { x, y }]));
}

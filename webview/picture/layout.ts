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

/** Which way edges go. */
export type Direction = 'down' | 'right';

/** The parts of an old layout that a new one is seeded with. */
export type OldPlaces = {
  readonly nodes: ReadonlyMap<NodeId, Point>;
  readonly edges: ReadonlyMap<string, readonly Point[]>;
};

export type LayoutInput = {
  /** In definition order: inputs before their users. */
  readonly nodes: readonly LayoutNode[];
  readonly groups: readonly LayoutGroup[];
  readonly edges: readonly LayoutEdge[];
  /** What was seen before; an engine keeps its order and, as far as it can, its places. */
  readonly previous?: OldPlaces;
  /** `down` when left out. */
  readonly direction?: Direction;
  /** The width in pixels that a small picture should not pass if it need not. */
  readonly room?: number;
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

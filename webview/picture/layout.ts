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
  readonly lanes?: Lanes;
  readonly branches?: Branches;
};

/** The edges that leave the line they share on a branch inside of the stage which they lead to. */
export type Branches = ReadonlySet<string>;

/** How a picture was made narrower for its room. */
export type Lanes = {
  /** So many stand side by side at most. */
  readonly count: number;
  /** By node, its row from above, and its lane from the left. */
  readonly places: ReadonlyMap<NodeId, { readonly row: number; readonly lane: number }>;
};

/** A size in pixels. */
export type Room = { readonly width: number; readonly height: number };

export type LayoutInput = {
  /** In definition order: inputs before their users. */
  readonly nodes: readonly LayoutNode[];
  readonly groups: readonly LayoutGroup[];
  readonly edges: readonly LayoutEdge[];
  /** What was seen before; an engine keeps its order and, as far as it can, its places. */
  readonly previous?: OldPlaces;
  /** `down` when left out. */
  readonly direction?: Direction;
  /** What a small picture should be seen in as a whole, or at least across, if that can be had. */
  readonly room?: Room;
};

export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<NodeId, Box>;
  readonly groups: ReadonlyMap<GroupId, Box>;
  /** Corner points from source to target. */
  readonly edges: ReadonlyMap<string, readonly Point[]>;
  readonly lanes?: Lanes;
  readonly branches?: Branches;
};

export const emptyLayout: Layout = {
  width: 0,
  height: 0,
  nodes: new Map(),
  groups: new Map(),
  edges: new Map(),
};

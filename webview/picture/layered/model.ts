/**
 * The graph while it is laid out: dense integers instead of ids, and every edge cut into pieces
 * from one row to the next.
 *
 * An item is what has a place in a row: a node, or a bend of an edge that passes the row. `along`
 * is the direction in which edges go, `across` the direction of the rows.
 */
import type { EdgeKind } from '../../../proto/model/build-graph';

export const NO_GROUP = -1;

/** A node of the input; the index into a list of them is its number. */
export type Vertex = {
  readonly id: string;
  readonly along: number;
  readonly across: number;
  /** Index into the groups, or {@link NO_GROUP}. */
  readonly group: number;
};

/** An edge between two vertices, always from the earlier to the later one. */
export type Link = {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** True when the edge of the input goes the other way (its input stands after its user). */
  readonly reversed: boolean;
};

/**
 * Every edge as pieces between neighbouring rows. Items and pieces are numbers; what is known of
 * them lies in lists by number, because large graphs have hundreds of thousands of them.
 */
export type Sheet = {
  readonly items: Items;
  readonly pieces: Pieces;
  /** The pieces that come in from the row above, and that go out to the row below. */
  readonly up: Ends;
  readonly down: Ends;
  /** By link: its last piece. The others are found upwards: one piece comes into each bend. */
  readonly lasts: Int32Array;
  /** The links that leave their line on a branch inside of a group. */
  readonly branched: readonly number[];
  readonly rowCount: number;
  /** By group: the first and the last row that are its own, and the last in which something stands. */
  readonly spans: readonly {
    readonly first: number;
    readonly last: number;
    readonly end: number;
  }[];
};

export type Items = {
  readonly count: number;
  readonly rows: Int32Array;
  /** Items are numbered so that vertices come first, by their own numbers. */
  readonly vertices: number;
  readonly groups: Int32Array;
  /** Half of the room it takes across. */
  readonly halves: Float64Array;
};

/** A piece of an edge from one row to the next; several edges of one source share it. */
export type Pieces = {
  readonly count: number;
  readonly uppers: Int32Array;
  readonly lowers: Int32Array;
  /** Where it leaves and enters, from the middle of the item, across. */
  readonly outs: Float64Array;
  readonly ins: Float64Array;
  /** Pieces of one net leave the same port and may share their line. */
  readonly nets: Int32Array;
  /** How much it counts that the piece is straight; 0 when it cannot be. */
  readonly straightness: Float64Array;
};

/**
 * What is on one side of each item: from `starts[i]` to before `starts[i + 1]` in `pieces` (the
 * pieces) and in `ends` (the items at their other ends).
 */
export type Ends = {
  readonly starts: Int32Array;
  readonly pieces: Int32Array;
  readonly ends: Int32Array;
};

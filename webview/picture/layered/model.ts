/**
 * The graph while it is laid out: dense integers instead of ids, and every edge cut into pieces
 * from one row to the next.
 *
 * An item is what has a place in a row: a node, or a bend of an edge that passes the row. `along`
 * is the direction in which edges go, `across` the direction of the rows.
 */
import type { EdgeKind } from '../../../proto/model/build-graph';

export const NO_NODE = -1;
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

export type Item = {
  readonly row: number;
  /** The vertex, or {@link NO_NODE} for a bend. */
  readonly vertex: number;
  readonly group: number;
  /** Half of the room it takes across. */
  readonly half: number;
};

/** A piece of an edge from one row to the next; several edges of one source share it. */
export type Piece = {
  readonly upper: number;
  readonly lower: number;
  /** Where it leaves and enters, from the middle of the item, across. */
  readonly out: number;
  readonly in: number;
  /** Pieces of one net leave the same port and may share their line. */
  readonly net: number;
  /** How much it counts that the piece is straight; 0 when it cannot be. */
  readonly straightness: number;
};

/** Every edge as pieces between neighbouring rows. */
export type Sheet = {
  readonly items: readonly Item[];
  readonly pieces: readonly Piece[];
  /** Piece indices by item. */
  readonly up: readonly (readonly number[])[];
  readonly down: readonly (readonly number[])[];
  /** By link: its pieces from source to target. */
  readonly ways: readonly (readonly number[])[];
  readonly rowCount: number;
  /** By group: the first and the last row in which it stands. */
  readonly spans: readonly { readonly first: number; readonly last: number }[];
};

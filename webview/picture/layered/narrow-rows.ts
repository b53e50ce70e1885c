/**
 * Rows of a small picture made narrow enough for a panel beside an editor: what has no place in its
 * row any more goes to the next, and what comes after it moves down.
 */
import type { Link, Vertex } from './model';

/** Larger pictures only become a maze of long lines. */
const MOST_VERTICES = 48;
const MARGIN = 24;

export type Room = {
  /** In pixels across; Infinity for as much as is wanted. */
  readonly room: number;
  /** Between two vertices. */
  readonly apart: number;
};

/** The rows as they are where all of them fit, or where nothing can be done. */
export function narrowedRows(
  rows: Int32Array,
  vertices: readonly Vertex[],
  links: readonly Link[],
  { room, apart }: Room,
): Int32Array {
  const widest = vertices.reduce((most, { across }) => Math.max(most, across), 1);
  const capacity = Math.max(2, Math.floor((room - 2 * MARGIN + apart) / (widest + apart)));
  const taken: number[] = [];
  for (const row of rows) taken[row] = (taken[row] ?? 0) + 1;
  if (vertices.length > MOST_VERTICES || taken.every((count) => count <= capacity)) return rows;
  const inputs = vertices.map((): number[] => []);
  for (const { from, to } of links) inputs[to]?.push(from);
  const next = new Int32Array(rows.length);
  const filled: number[] = [];
  const order = [...vertices.keys()].sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0) || a - b);
  for (const vertex of order) {
    let row = 0;
    for (const input of inputs[vertex] ?? []) row = Math.max(row, (next[input] ?? 0) + 1);
    while ((filled[row] ?? 0) >= capacity) row += 1;
    filled[row] = (filled[row] ?? 0) + 1;
    next[vertex] = row;
  }
  return next;
}

/**
 * Which row each vertex stands in: the longest way from a source, after which everything that is
 * used more than it uses moves down to its users. So a base image stands above the step that needs
 * it, and a whole stage above the COPY that takes from it, not at the top of the picture.
 */
import type { Link, Vertex } from './model';

/** How much shorter edges count: the main line inside a stage, the main line, all others. */
const WEIGHT = { inner: 4, main: 2, other: 1 } as const;

export function rowsOf(vertices: readonly Vertex[], links: readonly Link[]): Int32Array {
  const count = vertices.length;
  const rows = new Int32Array(count);
  const users: number[][] = vertices.map(() => []);
  const inputs: number[][] = vertices.map(() => []);
  links.forEach(({ from, to }, index) => {
    users[from]?.push(index);
    inputs[to]?.push(index);
  });
  // Links go from earlier to later vertices, so one pass is enough.
  for (let vertex = 0; vertex < count; vertex += 1) {
    for (const link of inputs[vertex] ?? []) {
      const above = rows[links[link]?.from ?? 0] ?? 0;
      rows[vertex] = Math.max(rows[vertex] ?? 0, above + 1);
    }
  }
  const weight = ({ from, to, kind }: Link): number => {
    if (kind !== 'input') return WEIGHT.other;
    const group = vertices[from]?.group;
    return group !== undefined && group >= 0 && group === vertices[to]?.group
      ? WEIGHT.inner
      : WEIGHT.main;
  };
  // The second pass moves what had to wait for its users to move.
  for (let pass = 0; pass < 2; pass += 1) {
    for (let vertex = count - 1; vertex >= 0; vertex -= 1) {
      const below = users[vertex] ?? [];
      if (below.length === 0) continue;
      let lowest = Infinity;
      let pull = 0;
      for (const index of below) {
        const link = links[index];
        if (link === undefined) continue;
        lowest = Math.min(lowest, (rows[link.to] ?? 0) - 1);
        pull += weight(link);
      }
      if (lowest <= (rows[vertex] ?? 0)) continue;
      for (const index of inputs[vertex] ?? []) {
        const link = links[index];
        // An input that nothing else uses comes along, so its edge gets no longer.
        if (link !== undefined && (users[link.from]?.length ?? 0) > 1) pull -= weight(link);
      }
      if (pull >= 0) rows[vertex] = lowest;
    }
  }
  return rows;
}

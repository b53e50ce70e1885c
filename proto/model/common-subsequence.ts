/** The longest common subsequence of two lists, as ascending pairs of indices. */

/** Past this many cells the middle is matched greedily: typing changes little, pasting may change all. */
const MAX_CELLS = 250_000;

export function commonSubsequence<A, B>(
  a: readonly A[],
  b: readonly B[],
  same: (a: A, b: B) => boolean,
): [number, number][] {
  const equal = (i: number, j: number): boolean => {
    const x = a[i];
    const y = b[j];
    return x !== undefined && y !== undefined && same(x, y);
  };
  // An edit leaves a long common head and tail; only what is between needs the quadratic table.
  let head = 0;
  while (head < a.length && head < b.length && equal(head, head)) head++;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    equal(a.length - 1 - tail, b.length - 1 - tail)
  )
    tail++;
  const rows = a.length - head - tail;
  const columns = b.length - head - tail;
  const middle =
    rows * columns > MAX_CELLS
      ? greedy(rows, columns, (i, j) => equal(head + i, head + j))
      : table(rows, columns, (i, j) => equal(head + i, head + j));
  return [
    ...range(head, (i): [number, number] => [i, i]),
    ...middle.map(([i, j]): [number, number] => [head + i, head + j]),
    ...range(tail, (i): [number, number] => [a.length - tail + i, b.length - tail + i]),
  ];
}

const range = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));

function table(
  rows: number,
  columns: number,
  equal: (i: number, j: number) => boolean,
): [number, number][] {
  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  const at = (i: number, j: number): number => length[i * width + j] ?? 0;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      length[i * width + j] = equal(i, j)
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (equal(i, j)) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** Each item with its next equal one; not the longest, but linear for lists that mostly agree. */
function greedy(
  rows: number,
  columns: number,
  equal: (i: number, j: number) => boolean,
): [number, number][] {
  const pairs: [number, number][] = [];
  const window = 200;
  let next = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = next; j < Math.min(columns, next + window); j++) {
      if (!equal(i, j)) continue;
      pairs.push([i, j]);
      next = j + 1;
      break;
    }
  }
  return pairs;
}

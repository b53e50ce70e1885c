/**
 * Weighted isotonic regression by pooling adjacent violators: the non-decreasing sequence that is
 * nearest to `values` in the weighted sum of squares. Exact, in linear time.
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  const means: number[] = [];
  const masses: number[] = [];
  const counts: number[] = [];
  values.forEach((value, index) => {
    let mean = value;
    let mass = weights[index] ?? 1;
    let count = 1;
    for (let top = means.at(-1); top !== undefined && top > mean; top = means.at(-1)) {
      const other = masses.at(-1) ?? 0;
      mean = (mean * mass + top * other) / (mass + other);
      mass += other;
      count += counts.at(-1) ?? 0;
      means.pop();
      masses.pop();
      counts.pop();
    }
    means.push(mean);
    masses.push(mass);
    counts.push(count);
  });
  return means.flatMap((mean, index) => Array.from({ length: counts[index] ?? 0 }, () => mean));
}

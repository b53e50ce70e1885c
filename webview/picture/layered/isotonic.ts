/**
 * Weighted isotonic regression by pooling adjacent violators: the non-decreasing sequence that is
 * nearest to some values in the weighted sum of squares. Exact, in linear time. Nothing is made
 * anew from one use to the next, because a layout asks tens of thousands of times.
 */
export class Isotonic {
  private means = new Float64Array(16);
  private masses = new Float64Array(16);
  private counts = new Int32Array(16);

  /** Replaces the first `count` of `values` by the nearest non-decreasing sequence. */
  fit(values: Float64Array, weights: Float64Array, count: number): void {
    if (this.means.length < count) {
      this.means = new Float64Array(2 * count);
      this.masses = new Float64Array(2 * count);
      this.counts = new Int32Array(2 * count);
    }
    const { means, masses, counts } = this;
    let pools = 0;
    for (let index = 0; index < count; index += 1) {
      let mean = values[index] ?? 0;
      let mass = weights[index] ?? 1;
      let size = 1;
      for (; pools > 0 && (means[pools - 1] ?? 0) > mean; pools -= 1) {
        const other = masses[pools - 1] ?? 0;
        mean = (mean * mass + (means[pools - 1] ?? 0) * other) / (mass + other);
        mass += other;
        size += counts[pools - 1] ?? 0;
      }
      means[pools] = mean;
      masses[pools] = mass;
      counts[pools] = size;
      pools += 1;
    }
    let at = 0;
    for (let pool = 0; pool < pools; pool += 1) {
      const mean = means[pool] ?? 0;
      for (let size = counts[pool] ?? 0; size > 0; size -= 1) {
        values[at] = mean;
        at += 1;
      }
    }
  }
}

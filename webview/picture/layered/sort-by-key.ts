/**
 * Sorts a stretch of items by their keys, stably and in place: by insertion where it is short or
 * hardly out of order (from sweep to sweep rows hardly change), else by merging runs.
 */
const SHORT = 24;

/** What rows of most pictures need; V8 compiles a function anew when it meets its first wider row. */
const ROW = 1024;

export class KeySorter {
  private scratch = new Int32Array(ROW);

  sort(items: Int32Array, from: number, to: number, keys: Float64Array): void {
    for (let start = from; start < to; start += SHORT)
      insert(items, start, Math.min(start + SHORT, to), keys);
    for (let length = SHORT; length < to - from; length *= 2)
      for (let middle = from + length; middle < to; middle += 2 * length)
        if ((keys[items[middle - 1] ?? 0] ?? 0) > (keys[items[middle] ?? 0] ?? 0))
          this.merge(items, middle - length, middle, Math.min(middle + length, to), keys);
  }

  private merge(
    items: Int32Array,
    from: number,
    middle: number,
    to: number,
    keys: Float64Array,
  ): void {
    const count = middle - from;
    if (this.scratch.length < count) this.scratch = new Int32Array(2 * count);
    const { scratch } = this;
    for (let at = 0; at < count; at += 1) scratch[at] = items[from + at] ?? 0;
    let left = 0;
    let right = middle;
    let at = from;
    while (left < count && right < to) {
      const a = scratch[left] ?? 0;
      const b = items[right] ?? 0;
      if ((keys[b] ?? 0) < (keys[a] ?? 0)) {
        items[at] = b;
        right += 1;
      } else {
        items[at] = a;
        left += 1;
      }
      at += 1;
    }
    for (; left < count; left += 1, at += 1) items[at] = scratch[left] ?? 0;
  }
}

function insert(items: Int32Array, from: number, to: number, keys: Float64Array): void {
  for (let at = from + 1; at < to; at += 1) {
    const item = items[at] ?? 0;
    const key = keys[item] ?? 0;
    let place = at;
    for (; place > from; place -= 1) {
      const before = items[place - 1] ?? 0;
      if ((keys[before] ?? 0) <= key) break;
      items[place] = before;
    }
    items[place] = item;
  }
}

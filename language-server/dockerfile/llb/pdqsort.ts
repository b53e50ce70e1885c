/**
 * Go's sort, because its treatment of equal elements shows in digests.
 *
 * BuildKit sorts a RUN's mounts with Go's `slices.SortFunc`: a pattern-defeating quicksort, which is
 * deterministic but not stable above twelve elements. Mounts with one target come out in the order
 * that this algorithm leaves them in.
 */

type Compare<T> = (a: T, b: T) => number;

/** Below this length Go sorts by insertion, which is stable. */
const insertionLimit = 12;
const ninther = 50;
const maxSwaps = 12;

/** A sorted copy. */
export function pdqsort<T>(items: readonly T[], compare: Compare<T>): T[] {
  const sorter = new Sorter([...items], compare);
  sorter.sort(0, items.length, bitLength(items.length));
  return sorter.items;
}

function bitLength(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(value)) + 1;
}

type Hint = 'increasing' | 'decreasing' | 'unknown';

class Sorter<T> {
  constructor(
    readonly items: T[],
    private readonly compare: Compare<T>,
  ) {}

  sort(from: number, to: number, badAllowed: number): void {
    let [a, b, limit] = [from, to, badAllowed];
    let wasBalanced = true;
    let wasPartitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= insertionLimit) {
        this.#insertionSort(a, b);
        return;
      }
      if (limit === 0) {
        this.#heapSort(a, b);
        return;
      }
      if (!wasBalanced) {
        this.#breakPatterns(a, b);
        limit--;
      }
      let { pivot, hint } = this.#choosePivot(a, b);
      if (hint === 'decreasing') {
        this.#reverse(a, b);
        pivot = b - 1 - (pivot - a);
        hint = 'increasing';
      }
      if (wasBalanced && wasPartitioned && hint === 'increasing') {
        if (this.#partialInsertionSort(a, b)) return;
      }
      // The pivot equals the element before the range: the rest of the equal ones go left.
      if (a > 0 && !this.#less(a - 1, pivot)) {
        a = this.#partitionEqual(a, b, pivot);
        continue;
      }
      const { middle, alreadyPartitioned } = this.#partition(a, b, pivot);
      wasPartitioned = alreadyPartitioned;
      const [left, right] = [middle - a, b - middle];
      const balance = Math.floor(length / 8);
      if (left < right) {
        wasBalanced = left >= balance;
        this.sort(a, middle, limit);
        a = middle + 1;
      } else {
        wasBalanced = right >= balance;
        this.sort(middle + 1, b, limit);
        b = middle;
      }
    }
  }

  #at(index: number): T {
    const item = this.items[index];
    if (item === undefined) throw new RangeError(`no element ${index}`);
    return item;
  }

  #less(left: number, right: number): boolean {
    return this.compare(this.#at(left), this.#at(right)) < 0;
  }

  #swap(left: number, right: number): void {
    const kept = this.#at(left);
    this.items[left] = this.#at(right);
    this.items[right] = kept;
  }

  #insertionSort(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) {
      for (let j = i; j > a && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
    }
  }

  #siftDown(low: number, high: number, first: number): void {
    let root = low;
    for (;;) {
      let child = 2 * root + 1;
      if (child >= high) return;
      if (child + 1 < high && this.#less(first + child, first + child + 1)) child++;
      if (!this.#less(first + root, first + child)) return;
      this.#swap(first + root, first + child);
      root = child;
    }
  }

  #heapSort(a: number, b: number): void {
    const high = b - a;
    for (let i = Math.floor((high - 1) / 2); i >= 0; i--) this.#siftDown(i, high, a);
    for (let i = high - 1; i >= 0; i--) {
      this.#swap(a, a + i);
      this.#siftDown(0, i, a);
    }
  }

  #partition(a: number, b: number, pivot: number): { middle: number; alreadyPartitioned: boolean } {
    this.#swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    while (i <= j && this.#less(i, a)) i++;
    while (i <= j && !this.#less(j, a)) j--;
    if (i > j) {
      this.#swap(j, a);
      return { middle: j, alreadyPartitioned: true };
    }
    this.#swap(i++, j--);
    for (;;) {
      while (i <= j && this.#less(i, a)) i++;
      while (i <= j && !this.#less(j, a)) j--;
      if (i > j) break;
      this.#swap(i++, j--);
    }
    this.#swap(j, a);
    return { middle: j, alreadyPartitioned: false };
  }

  #partitionEqual(a: number, b: number, pivot: number): number {
    this.#swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    for (;;) {
      while (i <= j && !this.#less(a, i)) i++;
      while (i <= j && this.#less(a, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }

  /** Repairs a nearly sorted range with a few moves; false when a few are not enough. */
  #partialInsertionSort(a: number, b: number): boolean {
    const maxSteps = 5;
    let i = a + 1;
    for (let step = 0; step < maxSteps; step++) {
      while (i < b && !this.#less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < ninther) return false;
      this.#swap(i, i - 1);
      if (i - a >= 2) {
        for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
      }
      if (b - i >= 2) {
        for (let j = i + 1; j < b && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
      }
    }
    return false;
  }

  /** Scatters three elements with a xorshift generator seeded by the length. */
  #breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    let random = BigInt(length);
    const modulus = 2 ** bitLength(length);
    const middle = a + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      random = BigInt.asUintN(64, random ^ (random << 13n));
      random ^= random >> 7n;
      random = BigInt.asUintN(64, random ^ (random << 17n));
      let other = Number(random & BigInt(modulus - 1));
      if (other >= length) other -= length;
      this.#swap(middle - 1 + i, a + other);
    }
  }

  #choosePivot(a: number, b: number): { pivot: number; hint: Hint } {
    const length = b - a;
    const counter = { swaps: 0 };
    let i = a + Math.floor(length / 4);
    let j = a + Math.floor(length / 4) * 2;
    let k = a + Math.floor(length / 4) * 3;
    if (length >= 8) {
      if (length >= ninther) {
        i = this.#medianAround(i, counter);
        j = this.#medianAround(j, counter);
        k = this.#medianAround(k, counter);
      }
      j = this.#median(i, j, k, counter);
    }
    if (counter.swaps === 0) return { pivot: j, hint: 'increasing' };
    return { pivot: j, hint: counter.swaps === maxSwaps ? 'decreasing' : 'unknown' };
  }

  #medianAround(index: number, counter: { swaps: number }): number {
    return this.#median(index - 1, index, index + 1, counter);
  }

  #median(first: number, second: number, third: number, counter: { swaps: number }): number {
    const order = (left: number, right: number): [number, number] => {
      if (!this.#less(right, left)) return [left, right];
      counter.swaps++;
      return [right, left];
    };
    const [low, high] = order(first, second);
    const [middle] = order(high, third);
    return order(low, middle)[1];
  }

  #reverse(a: number, b: number): void {
    for (let i = a, j = b - 1; i < j; i++, j--) this.#swap(i, j);
  }
}

/**
 * A list that grows at its end and whose older versions stay valid.
 *
 * Each instruction leaves a version of its stage behind, and a long file has thousands: a version
 * costs what it adds, not what stands before it.
 */
import { sameValue } from '../../../proto/model/same-value';

export class GrowingList<T> {
  private constructor(
    private readonly before: GrowingList<T> | undefined,
    private readonly entries: readonly T[],
    private readonly length: number,
  ) {}

  static of<T>(entries: readonly T[]): GrowingList<T> {
    return new GrowingList(undefined, entries, entries.length);
  }

  with(entries: readonly T[]): GrowingList<T> {
    if (entries.length === 0) return this;
    return new GrowingList(this, entries, this.length + entries.length);
  }

  list(): T[] {
    const parts = [this.entries];
    for (let part = this.before; part !== undefined; part = part.before) parts.push(part.entries);
    return parts.reverse().flatMap((entries) => entries);
  }

  /**
   * Whether both hold the same and have grown in the same steps. The newest entries are compared
   * first, and what both share is not looked at.
   */
  equals(other: GrowingList<T>): boolean {
    if (this === other) return true;
    if (this.length !== other.length || !sameValue(this.entries, other.entries)) return false;
    let [own, others] = [this.before, other.before];
    while (own !== others) {
      if (!sameValue(own?.entries, others?.entries)) return false;
      [own, others] = [own?.before, others?.before];
    }
    return true;
  }
}

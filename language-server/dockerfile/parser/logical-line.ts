/** An instruction's physical lines joined into one, which remembers where each piece came from. */
import type { Span } from '../text/span';

export class LogicalLine {
  #text = '';
  /** Where each piece starts in the joined text and in the source. */
  readonly #joints: { readonly joined: number; readonly source: number }[] = [];

  get text(): string {
    return this.#text;
  }

  append(content: string, source: number): void {
    this.#joints.push({ joined: this.#text.length, source });
    this.#text += content;
  }

  /** The source offset of an offset in the joined text; `end` says that it ends something. */
  sourceOf(offset: number, end = false): number {
    let low = 0;
    let high = this.#joints.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const joined = this.#joints[middle]?.joined ?? 0;
      // What ends at a joint ends on the line before it.
      if (end ? joined < offset : joined <= offset) low = middle;
      else high = middle - 1;
    }
    const joint = this.#joints[low] ?? { joined: 0, source: 0 };
    return joint.source + offset - joint.joined;
  }

  spanOf(start: number, end: number): Span {
    return { start: this.sourceOf(start), end: this.sourceOf(end, end > start) };
  }
}

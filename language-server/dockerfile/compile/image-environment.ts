/** The variables of an image's config: what the base image brings, and what ENV has set since. */
import { sameValue } from '../../../proto/model/same-value';
import { cut } from '../text/go';
import { GrowingList } from './growing-list';

type Assignment = readonly [name: string, value: string];

export class ImageEnvironment {
  static readonly empty = ImageEnvironment.of([]);

  private constructor(
    private readonly base: readonly string[],
    private readonly assigned: GrowingList<Assignment>,
  ) {}

  /** @param pairs `NAME=value`, as an image has them: a name may stand there twice, or alone */
  static of(pairs: readonly string[]): ImageEnvironment {
    return new ImageEnvironment(pairs, GrowingList.of<Assignment>([]));
  }

  set(name: string, value: string): ImageEnvironment {
    return new ImageEnvironment(this.base, this.assigned.with([[name, value]]));
  }

  /**
   * `NAME=value`; a variable that is set again keeps its place, the first of its name. A name that
   * came out of another variable may hold an equals sign: it is found by what stands before that.
   */
  list(): readonly string[] {
    const pairs: string[] = [];
    const places = new Map<string, number>();
    const append = (pair: string): void => {
      const [name] = cut(pair, '=');
      if (!places.has(name)) places.set(name, pairs.length);
      pairs.push(pair);
    };
    this.base.forEach(append);
    for (const [name, value] of this.assigned.list()) {
      const pair = `${name}=${value}`;
      const place = places.get(name);
      if (place === undefined) append(pair);
      else pairs[place] = pair;
    }
    return pairs;
  }

  /** Whether both began with the same and were set alike. */
  equals(other: ImageEnvironment): boolean {
    return sameValue(this.base, other.base) && this.assigned.equals(other.assigned);
  }
}

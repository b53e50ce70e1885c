/**
 * Names by what they begin with, so that those near a misspelt one are found without a look at all
 * the others: a file may have thousands of variables, and as many that are unknown.
 *
 * A step down the tree is one character of a name; beside it goes the row of Levenshtein's table for
 * what has been read so far, and where the row is too far from the word wanted, nothing below is
 * looked at. What a search costs depends on the word and on what is near it.
 */

/** Insertions, deletions and replacements at most: more is not worth a suggestion. */
export const nearest = 2;

type Found = { readonly name: string; readonly distance: number };

type Node = { readonly below: Map<string, Node>; name?: string };

/**
 * The cells of a row whose distance can be {@link nearest} or less: the word's place is that of the
 * name, plus or minus as many.
 */
type Band = readonly number[];

const far = nearest + 1;

export class NearNames {
  readonly #root: Node = { below: new Map() };

  add(name: string): void {
    let node = this.#root;
    for (const character of name) {
      let next = node.below.get(character);
      if (next === undefined) node.below.set(character, (next = { below: new Map() }));
      node = next;
    }
    node.name = name;
  }

  /**
   * Picks as BuildKit does: the nearest name, and of equally near ones the first; none where the
   * word itself is among them, for then it was not misspelt.
   * @param placeOf where a name stands; undefined for one that does not count
   */
  suggest(word: string, placeOf: (name: string) => number | undefined): string | undefined {
    let best: { found: Found; place: number } | undefined;
    for (const found of this.#near(word)) {
      const place = placeOf(found.name);
      if (place === undefined) continue;
      if (found.distance === 0) return undefined;
      const nearer = best === undefined ? 1 : best.found.distance - found.distance;
      if (nearer > 0 || (nearer === 0 && best !== undefined && place < best.place)) {
        best = { found, place };
      }
    }
    return best?.found.name === '' ? undefined : best?.found.name;
  }

  /** Every name that is near a word; in no order. */
  #near(word: string): Found[] {
    const wanted = Array.from(word);
    const found: Found[] = [];
    const start = Array.from({ length: 2 * nearest + 1 }, (_, cell) =>
      cell < nearest || cell - nearest > wanted.length ? far : cell - nearest,
    );
    const pending: { node: Node; depth: number; band: Band }[] = [
      { node: this.#root, depth: 0, band: start },
    ];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const { node, depth, band } = at;
      const distance = band[wanted.length - depth + nearest] ?? far;
      if (node.name !== undefined && distance <= nearest) found.push({ name: node.name, distance });
      for (const [character, next] of node.below) {
        const below = nextBand(band, wanted, depth, character);
        if (below !== undefined) pending.push({ node: next, depth: depth + 1, band: below });
      }
    }
    return found;
  }
}

/** The row below, for one more character of a name; undefined where all of it is too far. */
function nextBand(
  band: Band,
  wanted: readonly string[],
  depth: number,
  character: string,
): Band | undefined {
  const below: number[] = [];
  let left = far;
  let least = far;
  for (let cell = 0; cell <= 2 * nearest; cell++) {
    const place = depth + 1 + cell - nearest;
    let cost = far;
    if (place >= 0 && place <= wanted.length) {
      // One row down, the same cell stands one place further in the word.
      const replaced = (band[cell] ?? far) + (place > 0 && wanted[place - 1] === character ? 0 : 1);
      const inserted = (band[cell + 1] ?? far) + 1;
      cost = Math.min(place === 0 ? far : replaced, inserted, left + 1, far);
    }
    below.push(cost);
    left = cost;
    least = Math.min(least, cost);
  }
  return least <= nearest ? below : undefined;
}

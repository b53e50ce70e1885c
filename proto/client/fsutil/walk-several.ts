/** Several directories walked as if they were one. */
import { type Entry, type Filter, walk } from './walk';

/** An entry, and the directory that it is in. */
export type PlacedEntry = { readonly root: string; readonly entry: Entry };

/**
 * In the order of {@link walk}. What several have by one name is the first one's, whole.
 * @param roots real paths
 * @throws as {@link walk} does
 */
export function* walkSeveral(roots: readonly string[], filter: Filter): Generator<PlacedEntry> {
  const walks = roots.map((root) => new LookingAhead(root, walk(root, filter)));
  for (;;) {
    const names = walks.flatMap(({ name }) => name ?? []);
    const [least] = names.sort((left, right) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right)),
    );
    if (least === undefined) return;
    const [first, ...others] = walks.filter(({ name }) => name === least);
    if (first !== undefined) yield* first.below(least);
    for (const other of others) other.pass(least);
  }
}

/** A walk whose next entry is known. */
class LookingAhead {
  private entry: Entry | undefined;

  constructor(
    private readonly root: string,
    private readonly entries: Iterator<Entry>,
  ) {
    this.advance();
  }

  /** What the next entry is, or is in, of what the root holds; undefined at the end. */
  get name(): string | undefined {
    return this.entry?.stat.path.split('/', 1)[0];
  }

  /** All entries in a row that are this, or in it. */
  *below(name: string): Generator<PlacedEntry> {
    while (this.entry !== undefined && this.name === name) {
      yield { root: this.root, entry: this.entry };
      this.advance();
    }
  }

  /** Goes on behind them. */
  pass(name: string): void {
    while (this.name === name) this.advance();
  }

  private advance(): void {
    const next = this.entries.next();
    this.entry = next.done === true ? undefined : next.value;
  }
}

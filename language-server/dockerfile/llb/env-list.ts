/**
 * The environment of a state: an immutable list that grows at one end.
 *
 * BuildKit orders variables by their last assignment. A long Dockerfile assigns hundreds, and every
 * instruction reads them, so versions share one log: a version is a length of the log, adding to the
 * newest version only appends, and a look-up finds the last entry of a key below that length. Adding
 * to an older version (a second stage from one base) copies the log once.
 */
import { NearNames } from '../text/near-names';
import type { Environment } from '../words/environment';

type Log = {
  readonly keys: string[];
  /** Undefined for a removal. */
  readonly values: (string | undefined)[];
  /** `NAME=value`, or empty for a removal. */
  readonly pairs: string[];
  /** Where the same key is assigned next; infinite for its last assignment. */
  readonly next: number[];
  /** Where each key stands in the log, ascending. */
  readonly places: Map<string, number[]>;
  /** Its first keys, so many; made once somebody looks for a key that is not there. */
  near?: { readonly names: NearNames; count: number };
};

export class EnvList implements Environment {
  #sortedKeys: readonly string[] | undefined;
  #pairs: readonly string[] | undefined;

  private constructor(
    private readonly log: Log,
    private readonly length: number,
  ) {}

  static empty(): EnvList {
    return new EnvList({ keys: [], values: [], pairs: [], next: [], places: new Map() }, 0);
  }

  set(key: string, value: string): EnvList {
    return this.#append(key, value);
  }

  delete(key: string): EnvList {
    return this.#append(key, undefined);
  }

  /** Sets a variable only where it is missing. */
  setDefault(key: string, value: string): EnvList {
    return this.get(key) === undefined ? this.set(key, value) : this;
  }

  get(key: string): string | undefined {
    const place = this.#placeOf(key);
    return place === undefined ? undefined : this.log.values[place];
  }

  /** The key that was meant by one that is not there, as BuildKit suggests it. */
  suggest(key: string): string | undefined {
    const { log } = this;
    const near = (log.near ??= { names: new NearNames(), count: 0 });
    for (; near.count < log.keys.length; near.count++) near.names.add(log.keys[near.count] ?? '');
    return near.names.suggest(key, (name) => {
      const place = this.#placeOf(name);
      return place === undefined || log.values[place] === undefined ? undefined : place;
    });
  }

  /** Where a key was assigned or removed last. */
  #placeOf(key: string): number | undefined {
    return this.log.places.get(key)?.findLast((place) => place < this.length);
  }

  keys(): readonly string[] {
    if (this.#sortedKeys !== undefined) return this.#sortedKeys;
    return (this.#sortedKeys = this.#select(this.log.keys));
  }

  /** `NAME=value` in the order that BuildKit hashes. */
  pairs(): readonly string[] {
    return (this.#pairs ??= this.#select(this.log.pairs));
  }

  /** What belongs to the last assignment of each key, in the order of these assignments. */
  #select(column: readonly string[]): string[] {
    const { next, values } = this.log;
    const selected: string[] = [];
    for (let place = 0; place < this.length; place++) {
      const isLast = (next[place] ?? 0) >= this.length;
      if (isLast && values[place] !== undefined) selected.push(column[place] ?? '');
    }
    return selected;
  }

  /** Whether the variables, their values and their order are the same. */
  equals(other: EnvList): boolean {
    if (this === other || (this.log === other.log && this.length === other.length)) return true;
    const own = this.pairs();
    const others = other.pairs();
    return own.length === others.length && own.every((pair, index) => pair === others[index]);
  }

  #append(key: string, value: string | undefined): EnvList {
    const log = this.length === this.log.keys.length ? this.log : this.#copyLog();
    log.keys.push(key);
    log.values.push(value);
    log.pairs.push(value === undefined ? '' : `${key}=${value}`);
    log.next.push(Infinity);
    const places = log.places.get(key);
    if (places === undefined) log.places.set(key, [this.length]);
    else {
      log.next[places.at(-1) ?? 0] = this.length;
      places.push(this.length);
    }
    return new EnvList(log, this.length + 1);
  }

  #copyLog(): Log {
    const places = new Map<string, number[]>();
    for (const [key, all] of this.log.places) {
      const kept = all.filter((place) => place < this.length);
      if (kept.length > 0) places.set(key, kept);
    }
    return {
      keys: this.log.keys.slice(0, this.length),
      values: this.log.values.slice(0, this.length),
      pairs: this.log.pairs.slice(0, this.length),
      next: this.log.next
        .slice(0, this.length)
        .map((place) => (place >= this.length ? Infinity : place)),
      places,
    };
  }
}

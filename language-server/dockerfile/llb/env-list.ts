/**
 * The environment of a state: an immutable list that grows at one end.
 *
 * BuildKit orders variables by their last assignment. A long Dockerfile assigns hundreds, and every
 * instruction reads them, so versions share one log: a version is a length of the log, adding to the
 * newest version only appends, and a look-up finds the last entry of a key below that length. Adding
 * to an older version (a second stage from one base) copies the log once.
 */
import type { Environment } from '../words/environment';

type Log = {
  readonly keys: string[];
  /** Undefined for a removal. */
  readonly values: (string | undefined)[];
  /** Where each key stands in the log, ascending. */
  readonly places: Map<string, number[]>;
};

export class EnvList implements Environment {
  #sortedKeys: readonly string[] | undefined;
  #pairs: readonly string[] | undefined;

  private constructor(
    private readonly log: Log,
    private readonly length: number,
  ) {}

  static empty(): EnvList {
    return new EnvList({ keys: [], values: [], places: new Map() }, 0);
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
    const places = this.log.places.get(key);
    if (places === undefined) return undefined;
    for (let index = places.length - 1; index >= 0; index--) {
      const place = places[index] ?? 0;
      if (place < this.length) return this.log.values[place];
    }
    return undefined;
  }

  keys(): readonly string[] {
    if (this.#sortedKeys !== undefined) return this.#sortedKeys;
    const seen = new Set<string>();
    const keys: string[] = [];
    for (let place = this.length - 1; place >= 0; place--) {
      const key = this.log.keys[place] ?? '';
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.log.values[place] !== undefined) keys.push(key);
    }
    return (this.#sortedKeys = keys.reverse());
  }

  /** `NAME=value` in the order that BuildKit hashes. */
  pairs(): readonly string[] {
    return (this.#pairs ??= this.keys().map((key) => `${key}=${this.get(key) ?? ''}`));
  }

  #append(key: string, value: string | undefined): EnvList {
    const log = this.length === this.log.keys.length ? this.log : this.#copyLog();
    log.keys.push(key);
    log.values.push(value);
    const places = log.places.get(key);
    if (places === undefined) log.places.set(key, [this.length]);
    else places.push(this.length);
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
      places,
    };
  }
}

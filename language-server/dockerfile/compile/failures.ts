/**
 * What becomes of a failure: a build ends with its first one, as BuildKit does; an editor notes it
 * and goes on without the instruction that failed.
 *
 * In recovery an instruction that fails leaves its stage as it was before it, and what follows in
 * the stage is marked uncertain. A stage whose FROM fails is _lost_, and so is what is built on it;
 * what copies from it is left out. The rest of the file is compiled and linted as ever, so that its
 * graph and its findings stay while somebody types.
 */
import { asFailure, type BuildFailure } from './failure';

export class Failures {
  readonly #found: BuildFailure[] = [];

  /** @param recovers note failures instead of throwing them */
  constructor(readonly recovers: boolean) {}

  /** In the order in which BuildKit would meet them: the first is the one that it reports. */
  get found(): readonly BuildFailure[] {
    return this.#found;
  }

  /** @throws BuildFailure unless this recovers. */
  meet(error: unknown): void {
    const failure = asFailure(error);
    if (!this.recovers) throw failure;
    this.#found.push(failure);
  }

  /** @throws BuildFailure the first one that was met, if any. */
  end(): void {
    const [first] = this.#found;
    if (first !== undefined) throw first;
  }

  /** What a part gives, or `instead` when it fails. @throws BuildFailure unless this recovers. */
  attempt<T>(part: () => T, instead: T): T {
    try {
      return part();
    } catch (error) {
      this.meet(error);
      return instead;
    }
  }
}

/**
 * Where the ops of a definition come from, by digest.
 *
 * An editor asks for one or two ops after each keystroke, a build for all, so the table is made once
 * it is worth it.
 */
import type { DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { VertexOrigin } from './vertex';

export type Origins = {
  get(digest: Digest): VertexOrigin | undefined;
  /** That of the op at a place of the definition. */
  at(place: number): VertexOrigin | undefined;
  forEach(visit: (digest: Digest, origin: VertexOrigin) => void): void;
  [Symbol.iterator](): Iterator<readonly [Digest, VertexOrigin]>;
};

/** So many questions are answered by looking through the list. */
const few = 4;

export class OriginTable implements Origins {
  #asked = 0;
  #table: ReadonlyMap<Digest, VertexOrigin> | undefined;

  /** @param origins that of each op */
  constructor(
    private readonly ops: readonly DefinitionOp[],
    private readonly origins: readonly (VertexOrigin | undefined)[],
  ) {}

  get(digest: Digest): VertexOrigin | undefined {
    if (this.#table === undefined && ++this.#asked <= few) {
      return this.origins[this.ops.findIndex((op) => op.digest === digest)];
    }
    this.#table ??= new Map(this);
    return this.#table.get(digest);
  }

  at(place: number): VertexOrigin | undefined {
    return this.origins[place];
  }

  forEach(visit: (digest: Digest, origin: VertexOrigin) => void): void {
    for (let index = 0; index < this.ops.length; index++) {
      const op = this.ops[index];
      const origin = this.origins[index];
      if (op !== undefined && origin !== undefined) visit(op.digest, origin);
    }
  }

  *[Symbol.iterator](): Iterator<readonly [Digest, VertexOrigin]> {
    for (const [index, { digest }] of this.ops.entries()) {
      const origin = this.origins[index];
      if (origin !== undefined) yield [digest, origin];
    }
  }
}

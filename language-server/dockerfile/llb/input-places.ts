/** Where in a definition the inputs of each op are; worked out when somebody asks. */
import type { DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';

export class InputPlaces {
  #found: readonly (readonly number[])[] | undefined;

  constructor(private readonly ops: readonly DefinitionOp[]) {}

  /** For each op, in their order. */
  get all(): readonly (readonly number[])[] {
    return (this.#found ??= this.#find());
  }

  /**
   * Those of a definition of the same shape.
   * @param others the places of ops that may use other inputs
   */
  again(ops: readonly DefinitionOp[], others: readonly number[]): InputPlaces {
    const next = new InputPlaces(ops);
    if (this.#found === undefined) return next;
    const found = others.length === 0 ? this.#found : [...this.#found];
    next.#found = others.reduce(
      (all, place) =>
        all.with(
          place,
          placesOf(ops[place], (digest) => placeOf(ops, digest)),
        ),
      found,
    );
    return next;
  }

  #find(): readonly (readonly number[])[] {
    const places = new Map(this.ops.map(({ digest }, place) => [digest, place]));
    return this.ops.map((op) => placesOf(op, (digest) => places.get(digest) ?? -1));
  }
}

function placesOf(
  op: DefinitionOp | undefined,
  placeOf: (digest: Digest) => number,
): readonly number[] {
  return op === undefined ? [] : op.op.inputs.map(({ digest }) => placeOf(digest));
}

const placeOf = (ops: readonly DefinitionOp[], digest: Digest): number =>
  ops.findIndex((op) => op.digest === digest);

/** An op in a definition, as `marshal-graph.ts` makes it. */
import type { DefinitionOp, OpNotes } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { withInputDigests } from '../../../proto/model/marshal';
import type { Op } from '../../../proto/model/op';

/** The bytes of an op that only got other inputs are seldom asked for, so they are made then. */
export class MarshalledOp implements DefinitionOp {
  #bytes: Uint8Array | undefined;

  /**
   * @param pattern the op's bytes, or those of one that differs from it by its inputs only
   * @param rewired whether it differs
   */
  constructor(
    readonly digest: Digest,
    readonly op: Op,
    readonly notes: OpNotes,
    readonly pattern: Uint8Array,
    readonly rewired: boolean,
  ) {}

  get bytes(): Uint8Array {
    return (this.#bytes ??= this.rewired
      ? withInputDigests(
          this.pattern,
          this.op.inputs.map(({ digest }) => digest),
        )
      : this.pattern);
  }

  /** Another op of which the same is said. */
  with(digest: Digest, op: Op, bytes: Uint8Array): MarshalledOp {
    return new MarshalledOp(digest, op, this.notes, bytes, false);
  }

  /** The same op with something else said about it. */
  noted(notes: OpNotes): MarshalledOp {
    return new MarshalledOp(this.digest, this.op, notes, this.pattern, this.rewired);
  }
}

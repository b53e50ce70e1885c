/** Collects ops into a Definition: marshals each once, drops repeats, keeps what is said about them. */
import type {
  Definition,
  DefinitionOp,
  OpMetadata,
  SourceInfo,
  SourceLocation,
} from '../../../proto/model/definition';
import { type Digest, digestOf } from '../../../proto/model/digest';
import { marshalOp, terminalOp } from '../../../proto/model/marshal';
import type { Op, OpInput } from '../../../proto/model/op';

export type OpNotes = {
  readonly name: string;
  readonly caps: readonly string[];
  readonly description?: Readonly<Record<string, string>>;
  readonly locations?: readonly SourceLocation[];
  /** Runs every time, for what may come out differently. */
  readonly ignoreCache?: boolean;
};

export class DefinitionBuilder {
  private readonly ops = new Map<Digest, DefinitionOp>();
  private readonly metadata = new Map<Digest, OpMetadata>();
  private readonly locations = new Map<Digest, readonly SourceLocation[]>();

  /** Adds an op (inputs first) and returns its digest; an op that is there already is kept. */
  add(op: Op, notes: OpNotes): Digest {
    const bytes = marshalOp(op);
    const digest = digestOf(bytes);
    if (this.ops.has(digest)) return digest;
    this.ops.set(digest, { digest, bytes, op });
    this.metadata.set(digest, {
      ignoreCache: notes.ignoreCache ?? false,
      description: { 'llb.customname': notes.name, ...notes.description },
      caps: [...notes.caps].sort(),
    });
    if (notes.locations !== undefined) this.locations.set(digest, notes.locations);
    return digest;
  }

  /** What there is so far, ended by the op that points at this result; more can be added after. */
  finish(result: OpInput, sources: readonly SourceInfo[]): Definition {
    const op = terminalOp(result);
    const bytes = marshalOp(op);
    const digest = digestOf(bytes);
    const terminal: OpMetadata = {
      ignoreCache: false,
      description: {},
      caps: ['constraints', 'meta.description', 'platform'],
    };
    return {
      ops: [...this.ops.values(), { digest, bytes, op }],
      metadata: new Map([...this.metadata, [digest, terminal]]),
      locations: this.locations,
      sources,
    };
  }
}

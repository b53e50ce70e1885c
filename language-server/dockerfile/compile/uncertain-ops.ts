/**
 * The ops whose digests a builder may not share: what rests on a guessed image, on a server whose
 * host key nobody has asked for, or on a time that is not known.
 */
import type { Digest } from '../../../proto/model/digest';
import type { MarshalledGraph } from '../llb/marshal-graph';
import { hostOf, isSshSource } from './ssh-hosts';

export class UncertainOps {
  #flags: Uint8Array | undefined;
  #places: ReadonlyMap<Digest, number> | undefined;

  /**
   * @param knows whether the keys of an SSH server are known, or that it gives none
   * @param all whether something is unknown that touches every op
   */
  constructor(
    private readonly graph: MarshalledGraph,
    private readonly knows: (host: string) => boolean,
    private readonly all: boolean,
  ) {}

  has(digest: Digest): boolean {
    const { ops } = this.graph.definition;
    this.#places ??= new Map(ops.map((op, place) => [op.digest, place]));
    return this.flags[this.#places.get(digest) ?? -1] === 1;
  }

  /** For each op of the definition 1 if it is among them, else 0. */
  get flags(): Uint8Array {
    return (this.#flags ??= this.#find());
  }

  #find(): Uint8Array {
    const { definition, origins, inputPlaces } = this.graph;
    const { ops } = definition;
    const flags = new Uint8Array(ops.length);
    if (this.all) return flags.fill(1);
    let any = false;
    for (let place = 0; place < ops.length; place++) {
      const op = ops[place]?.op;
      const unknown = op !== undefined && isSshSource(op) && !this.knows(hostOf(op));
      if (!unknown && origins.at(place)?.uncertain !== true) continue;
      flags[place] = 1;
      any = true;
    }
    if (!any) return flags;
    // Inputs stand before what uses them.
    for (const [place, inputs] of inputPlaces.all.entries()) {
      if (flags[place] === 0 && inputs.some((input) => flags[input] === 1)) flags[place] = 1;
    }
    return flags;
  }
}

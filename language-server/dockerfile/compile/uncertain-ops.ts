/**
 * The ops whose digests a builder may not share: what rests on a guessed image, on a server whose
 * host key nobody has asked for, or on a time that is not known.
 */
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { Origins } from '../llb/origin-table';
import { hostOf, isSshSource } from './ssh-hosts';

export class UncertainOps {
  #found: ReadonlySet<Digest> | undefined;

  /**
   * @param knows whether the keys of an SSH server are known, or that it gives none
   * @param all whether something is unknown that touches every op
   */
  constructor(
    private readonly definition: Definition,
    private readonly origins: Origins,
    private readonly knows: (host: string) => boolean,
    private readonly all: boolean,
  ) {}

  has(digest: Digest): boolean {
    return this.all || (this.#found ??= this.#find()).has(digest);
  }

  #find(): ReadonlySet<Digest> {
    const found = new Set<Digest>();
    this.origins.forEach((digest, { uncertain }) => {
      if (uncertain === true) found.add(digest);
    });
    for (const { digest, op } of this.definition.ops) {
      if (isSshSource(op) && !this.knows(hostOf(op))) found.add(digest);
    }
    if (found.size === 0) return found;
    // Inputs stand before what uses them.
    for (const { digest, op } of this.definition.ops) {
      for (const input of op.inputs) if (found.has(input.digest)) found.add(digest);
    }
    return found;
  }
}

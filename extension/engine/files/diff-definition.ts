/** A definition of only what one step of another definition touched: BuildKit's diff op. */
import * as ops from '../../../proto/generated/ops';
import type { Definition } from '../../../proto/model/definition';
import { digestOf } from '../../../proto/model/digest';
import type { OpInput } from '../../../proto/model/op';
import { sliceRequest, terminalBytes } from '../job/slice';

/** Needs the capability `diffop`. Deletions are in it as whiteouts, which no listing shows. */
export function diffRequest(definition: Definition, lower: OpInput, upper: OpInput) {
  const slice = sliceRequest(definition, upper.digest, upper.index);
  const bytes = ops.Op.encode({
    inputs: [lower, upper].map(({ digest, index }) => ({ digest, index: BigInt(index) })),
    diff: { lower: { input: 0n }, upper: { input: 1n } },
  });
  const digest = digestOf(bytes);
  return ops.Definition.create({
    ...slice,
    // The slice's own terminal op gives way to the new one.
    def: [...slice.def.slice(0, -1), bytes, terminalBytes(digest, 0)],
    metadata: new Map([
      ...slice.metadata,
      [
        digest,
        ops.OpMetadata.create({
          description: new Map([['llb.customname', '[internal] compare files']]),
        }),
      ],
    ]),
  });
}

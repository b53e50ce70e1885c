/**
 * A definition that makes files out of thin air: how unsaved text gets into a build.
 *
 * One file op on an empty root with a `mkfile` for each file, and a terminal op.
 */
import * as ops from '../../../proto/generated/ops';
import { digestOf } from '../../../proto/model/digest';
import { terminalBytes } from '../job/slice';

/** Files by name, all in the root folder. */
export function textDefinition(files: ReadonlyMap<string, Uint8Array>): ops.Definition {
  const last = files.size - 1;
  const actions = [...files].map(([name, data], index) => ({
    // An action builds on the one before it: indices past the op's inputs (none) name outputs.
    input: index === 0 ? -1n : BigInt(index - 1),
    secondaryInput: -1n,
    output: index === last ? 0n : -1n,
    mkfile: { path: `/${name}`, mode: 0o644, data, timestamp: -1n },
  }));
  const bytes = ops.Op.encode({ file: { actions } });
  const digest = digestOf(bytes);
  return ops.Definition.create({
    def: [bytes, terminalBytes(digest, 0)],
    metadata: new Map([
      [digest, { description: new Map([['llb.customname', '[internal] unsaved text']]) }],
    ]),
  });
}

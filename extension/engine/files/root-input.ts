/** The input whose files a step goes on from: what is mounted at its root, or what a file op edits. */
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { NONE, type OpInput } from '../../../proto/model/op';

/** Undefined for a step that begins with nothing. */
export function rootInput(definition: Definition, digest: Digest): OpInput | undefined {
  const found = definition.ops.find((one) => one.digest === digest);
  if (found === undefined) return undefined;
  const { op, inputs } = found.op;
  const at = (index: number | undefined): OpInput | undefined =>
    index === undefined || index === NONE ? undefined : inputs[index];
  switch (op.kind) {
    case 'exec':
      return at(op.mounts.find(({ dest }) => dest === '/')?.input);
    case 'file':
      return at(op.actions[0]?.input);
    case 'merge':
      return at(op.inputs[0]);
    case 'diff':
      return at(op.lower);
    case 'source':
    case 'build':
    case 'terminal':
    case 'unknown':
      return undefined;
  }
}

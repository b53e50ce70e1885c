/** One line for an op, as a listing of a definition shows it. */
import type { DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { opDetails } from '../../../proto/model/op-details';

/** @param order the digests of all ops; inputs are told by their position in it */
export function opText({ op }: DefinitionOp, order: readonly Digest[]): string {
  const inputs = op.inputs.map(({ digest, index }) => {
    const at = order.indexOf(digest);
    return `#${at}${index === 0 ? '' : `.${index}`}`;
  });
  const details = opDetails(op.op)
    .filter(({ label }) => label !== 'Environment')
    .map(({ value }) => value.replaceAll(/\s+/g, ' '));
  return [op.op.kind, ...(inputs.length === 0 ? [] : [`(${inputs.join(', ')})`]), ...details].join(
    ' ',
  );
}

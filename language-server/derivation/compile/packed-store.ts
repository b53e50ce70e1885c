/**
 * A store that already holds inputs, for those that are too many to be mounted one by one, or that
 * cannot be mounted. Where the builder can merge layers each input is copied once for all its users.
 */
import type { GraphGroup } from '../../../proto/model/build-graph';
import type { Digest } from '../../../proto/model/digest';
import { NONE, type Op, type OpInput } from '../../../proto/model/op';
import { ROLES } from './compiled-closure';
import type { OpNotes } from './definition-builder';
import { copyPath, fileOp } from './file-ops';

/** Where the ops of the store are put. */
type Ops = { readonly add: (op: Op, notes: OpNotes, group: GraphGroup) => Digest };

type Packed = { readonly input: OpInput; readonly selector: string };

/** Layers in one merge; merges of merges are as fast or faster than one of hundreds of layers. */
const MERGE_WIDTH = 16;

export function packedStore(
  ops: Ops,
  store: Digest,
  packed: readonly Packed[],
  storeName: string,
  canMerge: boolean,
): Digest {
  const few = packed.length <= MERGE_WIDTH;
  if (!canMerge || few) return copied(ops, packed, storeName, store);
  let layers = packed.map((each) => copied(ops, [each], storeName));
  while (layers.length > MERGE_WIDTH) {
    const merged: Digest[] = [];
    for (let at = 0; at < layers.length; at += MERGE_WIDTH) {
      merged.push(merge(ops, layers.slice(at, at + MERGE_WIDTH)));
    }
    layers = merged;
  }
  // Of directories the last one's owner counts, and the store is the builder's.
  return merge(ops, [...layers, store]);
}

function copied(ops: Ops, packed: readonly Packed[], storeName: string, base?: Digest): Digest {
  const inputs: OpInput[] = base === undefined ? [] : [{ digest: base, index: 0 }];
  const places = new Map<string, number>();
  const steps = packed.map(({ input, selector }) => {
    const key = `${input.digest} ${input.index}`;
    const at = places.get(key) ?? inputs.push(input) - 1;
    places.set(key, at);
    return copyPath(at, selector, `/${storeName}/`);
  });
  return ops.add(
    { inputs, op: fileOp(base === undefined ? NONE : 0, inputs.length, steps) },
    {
      name: `[internal] put ${packed.length === 1 ? 'an input' : `${packed.length} inputs`} into the store`,
      caps: ['file.base'],
    },
    ROLES.sandbox,
  );
}

function merge(ops: Ops, layers: readonly Digest[]): Digest {
  return ops.add(
    {
      inputs: layers.map((digest) => ({ digest, index: 0 })),
      op: { kind: 'merge', inputs: layers.map((_, at) => at) },
    },
    { name: `[internal] merge ${layers.length} layers of inputs`, caps: ['mergeop'] },
    ROLES.sandbox,
  );
}

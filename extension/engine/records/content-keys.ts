/**
 * Names the result of each op as BuildKit's cache would find it: by the op, by what its inputs are
 * named, and by the contents of the files it reads. Two ops with one key have one result.
 */
import type { Definition, DefinitionOp } from '../../../proto/model/definition';
import { type Digest, digestOf } from '../../../proto/model/digest';
import { neutralBytes } from '../../../proto/model/neutral-digest';
import type { OpKind } from '../../../proto/model/op';

export const isLocal = (op: OpKind): boolean =>
  op.kind === 'source' && op.identifier.startsWith('local://');

/** In place of every local source: what counts is what is read of it. */
const localKey = digestOf(new TextEncoder().encode('local'));

/**
 * @param contentOf what the files come to that an op reads: empty where it reads none, undefined
 *   where that is not known, and then neither is the key of anything that rests on it
 * @returns the keys that are known, by digest; none for local sources
 */
export function contentKeys(
  definition: Definition,
  contentOf: (op: DefinitionOp) => string | undefined,
): ReadonlyMap<Digest, Digest> {
  const keys = new Map<Digest, Digest>();
  const names = new Map<Digest, Digest>();
  for (const one of definition.ops) {
    if (isLocal(one.op.op)) {
      names.set(one.digest, localKey);
      continue;
    }
    const content = contentOf(one);
    if (content === undefined || !one.op.inputs.every(({ digest }) => names.has(digest))) continue;
    const bytes = neutralBytes(one.bytes, names) ?? one.bytes;
    const key = digestOf(Buffer.concat([bytes, Buffer.from(content)]));
    keys.set(one.digest, key);
    names.set(one.digest, key);
  }
  return keys;
}

/** Where an output of a derivation lies in what its exec op leaves. */
import type { Digest } from '../../../proto/model/digest';
import type { OpInput } from '../../../proto/model/op';
import { textOf, type ByteString } from '../byte-string';
import type { Knowledge } from '../knowledge';
import { linkFolder } from '../runner/tools';
import { baseName } from '../store-path';

/** The output of an exec op that is the writable store. */
export const STORE_OUTPUT = 1;

export type StoreInput = {
  readonly input: OpInput;
  readonly selector: string;
  /** True for a symlink, which can be copied but not mounted. */
  readonly link: boolean;
};

/** The op's output that holds a store path, and the path in it. */
export function storeInput(
  digest: Digest,
  path: ByteString,
  storeDir: ByteString,
  knowledge: Knowledge,
): StoreInput {
  const store = `/${baseName(storeDir)}`;
  const base = baseName(path);
  const link = knowledge.links.has(path);
  const selector = link ? `${store}/${linkFolder(base)}/${base}` : `${store}/${base}`;
  return { input: { digest, index: STORE_OUTPUT }, selector: textOf(selector), link };
}

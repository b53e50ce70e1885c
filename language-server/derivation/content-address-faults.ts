/** What is wrong with outputs that are named by their contents: Nix reads no derivation that has these. */
import { textOf } from './byte-string';
import { outputKind } from './derivation';
import { diagnostic, type DerivationDiagnostic } from './diagnostic';
import { HASH_SIZES } from './hash-algorithms';
import { hashMethodOf } from './hash-modulo';
import type { DerivationSyntax, OutputNode } from './syntax';

export function contentAddressFaults({ outputs }: DerivationSyntax): DerivationDiagnostic[] {
  return outputs.flatMap((node) => faultOf(node) ?? []);
}

function faultOf({ name, path, hashAlgorithm, hash }: OutputNode) {
  if (hashAlgorithm.value === '') return undefined;
  const { algorithm } = hashMethodOf(hashAlgorithm.value);
  const size = Object.hasOwn(HASH_SIZES, algorithm) ? HASH_SIZES[algorithm] : undefined;
  if (size === undefined) {
    const known = Object.keys(HASH_SIZES).join(', ');
    const message = `unknown hash algorithm '${textOf(algorithm)}': Nix has ${known}`;
    return diagnostic('invalid-hash', hashAlgorithm, message);
  }
  const kind = outputKind({
    name: name.value,
    path: path.value,
    hashAlgorithm: hashAlgorithm.value,
    hash: hash.value,
  });
  if (kind !== 'fixed') {
    if (path.value === '') return undefined;
    const message = 'an output that is named by its contents has no path before it is built';
    return diagnostic('invalid-hash', path, message);
  }
  if (new RegExp(`^[0-9a-fA-F]{${size * 2}}$`).test(hash.value)) return undefined;
  const message = `'${textOf(hash.value)}' is no ${algorithm} in base 16: it has ${size * 2} digits`;
  return diagnostic('invalid-hash', hash, message);
}

/** A file tree in memory, as much of it as Nix archives keep. Names and targets are byte strings. */
import type { ByteString } from './byte-string';

export type FileTree =
  | { readonly kind: 'file'; readonly executable: boolean; readonly contents: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: ByteString }
  | { readonly kind: 'directory'; readonly entries: ReadonlyMap<ByteString, FileTree> };

/** The tree at an absolute path inside a tree, without following symlinks. */
export function treeAt(tree: FileTree, path: ByteString): FileTree | undefined {
  let at: FileTree | undefined = tree;
  for (const name of path.split('/').filter((part) => part !== '')) {
    at = at?.kind === 'directory' ? at.entries.get(name) : undefined;
  }
  return at;
}

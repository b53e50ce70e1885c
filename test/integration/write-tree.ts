/** File trees on disk, as a store would hold them. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bytesOf, textOf, type FileTree } from '../../language-server/derivation';

/** Writes a tree to disk as a store would hold it. */
export async function writeTree(tree: FileTree, path: string): Promise<void> {
  if (tree.kind === 'symlink') await symlink(textOf(tree.target), path);
  else if (tree.kind === 'file') {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, tree.contents);
    await chmod(path, tree.executable ? 0o555 : 0o444);
  } else {
    await mkdir(path, { recursive: true });
    for (const [name, entry] of tree.entries) {
      await writeTree(entry, join(path, Buffer.from(bytesOf(name)).toString()));
    }
  }
}

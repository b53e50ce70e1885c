/** Trees of files for tests: made from a table, read back as one. */
import { linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Path → contents; `{link}` is a symbolic link, `{same}` a hard link, a path ending in `/` a folder. */
export type Tree = Readonly<Record<string, string | { link: string } | { same: string }>>;

/** @returns the folder's path, in the system's temporary folder */
export function makeTree(tree: Tree): string {
  const root = mkdtempSync(join(tmpdir(), 'llb-lens-tree-'));
  for (const [path, value] of Object.entries(tree)) {
    const full = join(root, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (path.endsWith('/')) continue;
    if (typeof value === 'string') writeFileSync(full, value);
    else if ('link' in value) symlinkSync(value.link, full);
    else linkSync(join(root, value.same), full);
  }
  return root;
}

/** Writes built outputs, and the sources that they refer to, into a binary cache folder for Nix. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  baseName,
  byteStringOf,
  narBytes,
  narFingerprint,
  printNarInfo,
  toNix32,
  type FileTree,
  type NarInfo,
} from '../../../../language-server/derivation';
import { signText, type SigningKey } from './signing-key';

const compress = promisify(gzip);
const OWNER_EXECUTES = 0o100;

/** A store path and what it holds. */
export type CachedPath = {
  readonly path: string;
  readonly tree: FileTree;
  readonly references: readonly string[];
  /** The name of its derivation in the store. */
  readonly deriver?: string;
};

/** Adds paths to the cache in `folder`, which is made where it is not there; files appear whole. */
export async function writeCache(
  folder: string,
  paths: readonly CachedPath[],
  storeDir: string,
  key: SigningKey | undefined,
): Promise<void> {
  await mkdir(join(folder, 'nar'), { recursive: true });
  await writeWhole(
    join(folder, 'nix-cache-info'),
    `StoreDir: ${storeDir}\nWantMassQuery: 1\nPriority: 50\n`,
  );
  for (const each of paths) {
    const nar = narBytes(each.tree);
    const file = await compress(nar);
    const fileHash = nix32(file);
    const url = `nar/${fileHash}.nar.gz`;
    const facts = {
      storePath: each.path,
      narHash: `sha256:${nix32(nar)}`,
      narSize: nar.length,
      references: [...each.references].sort(),
    };
    const info: NarInfo = {
      ...facts,
      url,
      compression: 'gzip',
      fileHash: `sha256:${fileHash}`,
      fileSize: file.length,
      ...(each.deriver === undefined ? {} : { deriver: each.deriver }),
      signatures: key === undefined ? [] : [signText(narFingerprint(facts), key)],
    };
    await writeWhole(join(folder, url), file);
    const name = `${baseName(each.path).slice(0, 32)}.narinfo`;
    // The archive first: who finds the narinfo will fetch it.
    await writeWhole(join(folder, name), printNarInfo(info));
  }
}

const nix32 = (bytes: Uint8Array): string => toNix32(createHash('sha256').update(bytes).digest());

async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, data);
  await rename(part, path);
}

/** A file or folder on disk as a tree; devices and the like are an error. */
export async function treeOfPath(path: string): Promise<FileTree> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) {
    return { kind: 'symlink', target: byteStringOf(await readlink(path, { encoding: 'buffer' })) };
  }
  if (stat.isDirectory()) {
    const entries = new Map<string, FileTree>();
    for (const name of (await readdir(path)).sort()) {
      entries.set(byteStringOf(Buffer.from(name)), await treeOfPath(join(path, name)));
    }
    return { kind: 'directory', entries };
  }
  if (!stat.isFile()) throw new Error(`${path} is neither file, folder nor link`);
  const executable = (stat.mode & OWNER_EXECUTES) !== 0;
  return { kind: 'file', executable, contents: await readFile(path) };
}

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileStoreReader, openDerivations, openDocument } from './store-reader';

const NAMES = {
  script: '7lxa0zghqzy0pvyr43ki0sz3z9n8aicq-script',
  data: '0kfn3zim83yhz6hgvihfsy0si9zkz7fr-data',
  folder: '52cb80y406r3vf6ql998dqs6fzdk4bk6-folder',
  lone: 'ax3lhisfwxv05jx2h89l4czra71iffdx-lone',
};
const stored = (name: string): string => `/nix/store/${name}`;
const drv = (inputs: readonly string[], sources: readonly string[]): Buffer =>
  Buffer.from(
    `Derive([("out","/nix/store/7lxa0zghqzy0pvyr43ki0sz3z9n8aicq-x","","")],` +
      `[${inputs.map((name) => `("${stored(name)}",["out"])`).join(',')}],` +
      `[${sources.map((name) => `"${stored(name)}"`).join(',')}],"x86_64-linux","/bin/sh",[],[])`,
  );

let root = '';
let store = '';
let files = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'llb-lens-reader-'));
  [store, files] = [join(root, 'store'), join(root, 'files')];
  await mkdir(join(store, NAMES.folder, 'sub'), { recursive: true });
  await mkdir(files);
  await writeFile(join(store, NAMES.script), `cat ${stored(NAMES.folder)}/sub/link\n`);
  await writeFile(join(store, NAMES.data), `I am ${stored(NAMES.data)}`);
  await symlink(stored(NAMES.data), join(store, NAMES.folder, 'sub', 'link'));
  await writeFile(join(files, `${NAMES.lone}.drv`), drv([], [NAMES.script]));
  await writeFile(join(root, 'secret'), 'not in a store');
});
afterAll(() => rm(root, { recursive: true }));

describe('fileStoreReader', () => {
  it('finds what sources mention, in contents and in links, but not themselves', async () => {
    const reader = fileStoreReader([store]);
    const of = (name: string) => reader.sourceReferences(stored(name));
    expect(await of(NAMES.script)).toEqual([stored(NAMES.folder)]);
    expect(await of(NAMES.folder)).toEqual([stored(NAMES.data)]);
    expect(await of(NAMES.data)).toEqual([]);
  });

  it('says when the store has none', async () => {
    const reader = fileStoreReader([store, join(root, 'nowhere')]);
    expect(await reader.sourceReferences(stored(NAMES.lone))).toBeUndefined();
    expect(await reader.readDerivation(stored(`${NAMES.lone}.drv`))).toBeUndefined();
  });

  it('reads from the first folder that has a file', async () => {
    const reader = fileStoreReader([store, files]);
    expect(await reader.readDerivation(stored(`${NAMES.lone}.drv`))).toBeDefined();
  });

  it.each(['/nix/store/../secret', '/nix/store/..', '../secret', '/nix/store/secret'])(
    'never leaves its folders for %s',
    async (path) => {
      const reader = fileStoreReader([store]);
      expect(await reader.readDerivation(path)).toBeUndefined();
      expect(await reader.sourceReferences(path)).toBeUndefined();
    },
  );

  it('passes on what is wrong with a file that is there', async () => {
    const name = '5znzjakclh3jnwsg5l4mlv0h5jlxm1s5-dir.drv';
    await mkdir(join(files, name));
    await expect(fileStoreReader([files]).readDerivation(stored(name))).rejects.toThrow('EISDIR');
    await rm(join(files, name), { recursive: true });
  });
});

describe('openDerivations', () => {
  it('serves sources from the folder that holds them, with all they refer to', async () => {
    const { closure, sourceFolders } = await openDerivations([files], { storeDir: store });
    expect(sourceFolders).toEqual([store]);
    const found = [...closure.sources.keys()].map((path) => path.slice(44));
    expect(found.sort()).toEqual(['data', 'folder', 'script']);
  });

  it('serves sources from as few folders as have them all, the fullest first', async () => {
    const folder = join(root, 'apart');
    const [one, lone] = [join(folder, `${NAMES.script}.drv`), join(folder, NAMES.lone)];
    await mkdir(folder);
    await writeFile(one, drv([], [NAMES.script, NAMES.lone]));
    await writeFile(lone, 'alone');
    await writeFile(join(folder, NAMES.data), 'in both');
    const { sourceFolders } = await openDerivations([one, files], { storeDir: store });
    expect(sourceFolders).toEqual([store, folder]);
  });

  it('takes the derivations that no other uses as the roots of a folder', async () => {
    const folder = join(root, 'closure');
    const [low, high] = [`${NAMES.data}.drv`, `${NAMES.script}.drv`];
    await mkdir(folder);
    await writeFile(join(folder, low), drv([], []));
    await writeFile(join(folder, high), drv([low], []));
    expect((await openDerivations([folder])).closure.roots).toEqual([stored(high)]);
    expect((await openDerivations([join(folder, low)])).closure.roots).toEqual([stored(low)]);
  });

  it('rejects paths that hold no derivations', async () => {
    await expect(openDerivations([store])).rejects.toThrow('holds no derivations');
    await expect(openDerivations([join(root, 'nowhere')])).rejects.toThrow('ENOENT');
  });

  it('takes the text of an editor for the file', async () => {
    const file = join(files, `${NAMES.lone}.drv`);
    const { closure } = await openDocument(file, drv([], [NAMES.data]), { storeDir: store });
    expect([...closure.sources.keys()]).toEqual([stored(NAMES.data)]);
  });
});

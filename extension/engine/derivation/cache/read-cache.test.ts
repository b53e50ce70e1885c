/** What nobody has signed: taken only where it speaks for itself, or where signatures are not asked for. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printNarInfo } from '../../../../language-server/derivation/cache/narinfo';
import { baseName, makeStorePath } from '../../../../language-server/derivation/store-path';
import { BinaryCaches } from './read-cache';

const hash = 'ab'.repeat(32);
const other = 'cd'.repeat(32);
const paths = {
  'the path that its hash gives': makeStorePath('source', hash, '/nix/store', 'tool'),
  'the path of other contents': makeStorePath('source', other, '/nix/store', 'tool'),
  'the path of an output': makeStorePath('output:out', hash, '/nix/store', 'tool'),
} as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-cache-'));
  await writeFile(join(folder, 'nix-cache-info'), 'StoreDir: /nix/store\n');
  for (const storePath of Object.values(paths)) {
    const facts = { url: 'nar/x.nar', compression: 'none', narSize: 120, references: [] };
    const info = { ...facts, storePath, narHash: `sha256:${hash}`, signatures: [] };
    await writeFile(
      join(folder, `${baseName(storePath).slice(0, 32)}.narinfo`),
      printNarInfo(info),
    );
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['the path that its hash gives', true, true],
  ['the path of other contents', true, false],
  ['the path of an output', true, false],
  ['the path of an output', false, true],
] as const)('%s, signatures asked for: %s, is taken: %s', async (what, required, taken) => {
  const said: string[] = [];
  const settings = { substituters: [folder], trustedKeys: [], requireSignatures: required };
  const caches = new BinaryCaches(settings, folder, '/nix/store', (text) => said.push(text));
  const found = await caches.lookup(paths[what]);
  expect(found?.narHash).toBe(taken ? hash : undefined);
  const refusal = `${folder}: no trusted key has signed ${paths[what]}, so that is not taken`;
  expect(said).toEqual(taken ? [] : [refusal]);
});

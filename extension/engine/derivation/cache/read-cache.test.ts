/** What caches say that is taken, what is not, and what the user hears of it. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
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

const path = paths['the path that its hash gives'];
const NAR = { url: 'x.nar.zst', narSize: 120, references: [], storePath: path, signatures: [] };
const facts = { ...NAR, narHash: `sha256:${hash}` };

/** Asks a server that answers thus for all but `nix-cache-info`. */
async function asked(answer: (response: ServerResponse, url: string) => void) {
  const server = createServer(({ url = '' }, response) => {
    if (url === '/nix-cache-info') response.end('StoreDir: /nix/store\n');
    else answer(response, url);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' ? bound?.port : undefined;
  const said: string[] = [];
  const settings = {
    ...{ substituters: [`http://127.0.0.1:${port}`], trustedKeys: [] },
    requireSignatures: true,
  };
  const caches = new BinaryCaches(settings, folder, '/nix/store', (text) => said.push(text));
  try {
    return { found: (await caches.lookup(path))?.narHash, said: said.join('\n') };
  } finally {
    server.close();
  }
}

const info = (compression: string) => printNarInfo({ ...facts, compression });

test.each([
  ['gzip', gzipSync(info('none'))],
  ['br', brotliCompressSync(info('none'))],
  ['identity', Buffer.from(info('none'))],
])('a narinfo in %s is read', async (encoding, body) => {
  const answered = await asked((response) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(body),
  );
  expect(answered).toEqual({ found: hash, said: '' });
});

test.each([
  [
    'a server that fails',
    (response: ServerResponse) => void response.writeHead(500).end(),
    /cannot be had, so that is not taken: .* answered 500$/,
  ],
  [
    'one that breaks off',
    (response: ServerResponse) => void response.writeHead(200, { 'content-length': '9' }).destroy(),
    /cannot be had, so that is not taken: /,
  ],
  [
    'an archive that is none',
    (response: ServerResponse, url: string) =>
      void response.end(url.endsWith('.narinfo') ? info('zstd') : 'no archive'),
    /cannot be had, so that is not taken: /,
  ],
  [
    'a hash that is none',
    (response: ServerResponse) =>
      void response.end(printNarInfo({ ...facts, compression: 'none', narHash: 'sha256:x' })),
    /what it says of \S+-tool cannot be read, so that is not taken$/,
  ],
])('%s is done without, and told of', async (_, answer, message) => {
  const { found, said } = await asked(answer);
  expect(found).toBeUndefined();
  expect(said).toMatch(message);
});

test('a folder that is no cache is told of', async () => {
  const said: string[] = [];
  const settings = { substituters: ['/nowhere'], trustedKeys: [], requireSignatures: true };
  const caches = new BinaryCaches(settings, folder, '/nix/store', (text) => said.push(text));
  expect(await caches.lookup(path)).toBeUndefined();
  expect(said).toEqual([
    '/nowhere is no binary cache, as it has no nix-cache-info: it is not asked',
  ]);
});

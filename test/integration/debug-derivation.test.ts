/** Debugging a derivation: the same adapter, another kind of build input. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRecord } from '../../extension/engine/profile/decode';
import { buildkits, environmentFor } from '../env/context';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';
import { DapClient } from './dap-client';

const fixtures = resolve(import.meta.dirname, '../fixtures/derivation');

let bundle: AdapterBundle;
beforeAll(async () => {
  bundle = await bundleAdapter();
});
afterAll(() => bundle.remove());

let store: string;
const clients: DapClient[] = [];
beforeEach(async () => {
  store = await mkdtemp(join(tmpdir(), 'llb-lens-store-'));
  await cp(fixtures, store, { recursive: true });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.kill();
  await rm(store, { recursive: true, force: true });
});

async function drv(name: string): Promise<string> {
  const file = (await readdir(store)).find((one) => one.endsWith(`-${name}.drv`));
  if (file === undefined) throw new Error(`no ${name}.drv`);
  return join(store, file);
}

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'a derivation on $name',
  ({ buildkit }) => {
    function start(): DapClient {
      const client = new DapClient(bundle.argv, environmentFor(buildkit), store);
      clients.push(client);
      return client;
    }

    test('builds with all it needs', async () => {
      const client = start();
      await client.launch({ derivation: await drv('card'), noDebug: true });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
      const { graph } = await client.event('llb.graph');
      const groups: unknown = isRecord(graph) ? graph['groups'] : undefined;
      expect(groups).toMatchObject([
        { kind: 'role' },
        { kind: 'role' },
        { kind: 'role' },
        { kind: 'role' },
      ]);
      const sizes: unknown[] = [];
      for (const message of client.said.map((each) => each.message)) {
        const { event, body } = message;
        if (event !== 'llb.patch' || !isRecord(body) || !isRecord(body['patch'])) continue;
        const { status } = body['patch'];
        for (const one of isRecord(status) ? Object.values(status) : []) {
          if (isRecord(one) && one['outputs'] !== undefined) sizes.push(one['outputs']);
        }
      }
      expect(sizes).toHaveLength(3);
      expect(sizes).toContainEqual([
        { name: 'index', size: 184 },
        { name: 'out', size: 144 },
      ]);
      await client.disconnect();
    });

    test('builds a document of installables', async () => {
      const file = join(store, 'card.installables');
      const names = [basename(await drv('card'))];
      await writeFile(file, JSON.stringify({ installables: names }));
      const client = start();
      await client.launch({ file, noDebug: true, outputs: [`type=tar,dest=${file}.tar`] });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
      const listed = execFileSync('tar', ['-tf', `${file}.tar`], { encoding: 'utf8' });
      expect(listed).toMatch(/nix\/store\/\w{32}-card$/m);
      await client.disconnect();
    });

    test('stops at a breakpoint in an input, and at the derivation that fails', async () => {
      const [letters, broken] = [await drv('letters'), await drv('broken')];
      const client = start();
      await client.launch({ file: broken }, { breakpoints: { [letters]: [1] } });
      expect(await client.event('stopped')).toMatchObject({ reason: 'breakpoint' });
      expect(await client.request('stackTrace', { threadId: 1 })).toMatchObject({
        stackFrames: [{ line: 1, name: 'build letters', source: { path: letters } }],
      });
      await client.request('continue');
      expect(await client.event('stopped', 2)).toMatchObject({
        reason: 'exception',
        text: expect.stringContaining('builder failed with exit code 3') as unknown,
      });
      expect(await client.request('stackTrace', { threadId: 1 })).toMatchObject({
        stackFrames: [{ line: 1, name: 'build broken', source: { path: broken } }],
      });
      await client.disconnect();
    });

    test('says which input is missing', async () => {
      const file = await drv('broken');
      await rm(await drv('card'));
      const client = start();
      await expect(client.launch({ derivation: file })).rejects.toThrow(/card\.drv/);
      await client.disconnect();
    });
  },
);

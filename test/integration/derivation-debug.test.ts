/** Debugging a derivation as an editor does: it stops at the failing builder, with a shell in its sandbox. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isRecord } from '../../extension/engine/profile/decode';
import { buildkits, environmentFor } from '../env/context';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';
import { DapClient } from './dap-client';
import { noTerminals, Terminal } from './terminal';

const folder = resolve(import.meta.dirname, '../fixtures/derivation');
const derivation = join(
  folder,
  readdirSync(folder).find((name) => name.endsWith('-broken.drv')) ?? '',
);

let bundle: AdapterBundle;
beforeAll(async () => {
  bundle = await bundleAdapter();
});
afterAll(() => bundle.remove());

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close.reverse()) each();
  close = [];
});

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'debugging a derivation on $name',
  ({ buildkit }) => {
    async function stopped(): Promise<DapClient> {
      const client = new DapClient(bundle.argv, environmentFor(buildkit), folder);
      close.push(() => client.kill());
      await client.launch({ derivation });
      expect(await client.event('stopped')).toMatchObject({
        reason: 'exception',
        text: expect.stringContaining('builder failed with exit code 3') as unknown,
      });
      return client;
    }

    test('stops at the derivation that fails, its inputs built', async () => {
      const client = await stopped();
      const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
      const frames = (Array.isArray(stackFrames) ? stackFrames : []).filter(isRecord);
      expect(frames[0]).toMatchObject({ line: 1, source: { path: derivation } });
      await client.request('continue');
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'failed' });
      expect(client.printed.stdout).toContain('the card has no signature');
      await client.disconnect();
    });

    test.skipIf(noTerminals() !== undefined)(
      'gives a shell in its sandbox: folder, user, variables, inputs and what it had written',
      async () => {
        const client = await stopped();
        await client.request('llb/shell');
        const terminal = Terminal.asked(client.terminals[0]);
        close.push(() => terminal.close());
        await terminal.see(/[$#] $/);
        expect(await terminal.type('pwd', /^(\/\S*)\r?$/m)).toBe('/build');
        expect(await terminal.type('echo user:$(id -un)', /^user:(\w+)\r?$/m)).toBe('nixbld');
        expect(await terminal.type('echo path:$PATH', /^path:(\S+)\r?$/m)).toBe('/path-not-set');
        expect(await terminal.type('echo card:$card', /^card:(\S+)\r?$/m)).toMatch(/-card$/);
        expect(await terminal.type('cat notes.txt', /^(first line: .*?)\r?$/m)).toBe(
          'first line: Hello from greeting',
        );
        expect(await terminal.type('wc -l < $card', /^(\d+)\r?$/m)).toBe('6');
        expect(await terminal.type('echo rc:$ENV', /^rc:(\S+)\r?$/m)).toBe('/.llb-lens/shell.rc');
        terminal.send('exit 5\r');
        expect(await terminal.exit).toBe(5);
        await client.disconnect();
      },
    );
  },
);

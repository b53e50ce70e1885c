/**
 * Two sessions at once on one Dockerfile. BuildKit runs a step that they share only once, and tells
 * both of it in the words of one; each session must still see its own build.
 */
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildkits, environmentFor } from '../env/context';
import { DapClient } from './dap-client';
import { runCli } from './run-cli';
import { noTerminals, Terminal } from './terminal';

const root = resolve(__dirname, '../..');
const sample = join(root, 'test/fixtures/sample');
const file = join(sample, 'Dockerfile.failing');

describe.each(buildkits())('on $name', (buildkit) => {
  const env = environmentFor(buildkit);

  test('both builds fail at their own line, with the output of the step', async () => {
    const runs = await Promise.all(
      [1, 2].map(() => runCli(['build', '-f', file, sample], { env, cwd: root })),
    );
    for (const { code, stderr } of runs) {
      expect(stderr).toContain('test/fixtures/sample/Dockerfile.failing:12: process');
      expect(stderr).toMatch(/^#\d+ [\d.]+ no wind data for spring$/m);
      expect(code).toBe(1);
    }
  });

  test.skipIf(noTerminals() !== undefined)(
    'both debuggers stop at the failing step, each with a shell in it',
    async () => {
      const adapter = [process.execPath, join(root, 'dist/debug-adapter.js')];
      const clients = [1, 2].map(() => new DapClient(adapter, env, sample));
      try {
        await Promise.all(clients.map((client) => client.launch({ file, context: sample })));
        for (const client of clients) {
          expect(await client.event('stopped')).toMatchObject({ reason: 'exception' });
          await client.request('llb/shell');
          const args = client.terminals[0]?.['args'];
          const terminal = new Terminal(Array.isArray(args) ? args.map(String) : [], env);
          await terminal.see(/[$#] /);
          await terminal.type('cat forecast.txt', /half a forecast for North Quay/);
          terminal.send('exit\r');
          expect(await terminal.exit).toBe(0);
        }
      } finally {
        await Promise.all(clients.map((client) => client.disconnect()));
      }
    },
  );
});

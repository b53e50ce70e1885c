/**
 * Downloads that promise the same hash: each derivation is told what its own address has, and one whose
 * address has the file is built, whatever the others have.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClosure } from '../../extension/engine/derivation/build-closure';
import { absence, buildkits, environmentFor, requireBuildkit } from '../env/context';
import { isRecord } from '../env/json';
import { bundleAdapter } from './adapter-bundle';
import { DapClient } from './dap-client';

/** Derivations by key: the name of what each makes, and the file that its address has. */
const DOWNLOADS = {
  one: ['one', 'a'],
  two: ['two', 'b'],
  mirror: ['one', 'c'],
  again: ['again', 'a'],
  refused: ['refused', 'none'],
  right: ['one', 'right'],
} as const;

const sri = (text: string): string =>
  `sha256-${createHash('sha256').update(text).digest('base64')}`;

describe.skipIf(buildkits().length === 0)('downloads that promise the same hash', () => {
  if (buildkits().length === 0) console.warn(`skipped: no BuildKit (${absence()})`);
  let folder = '';
  let server: Server | undefined;
  let drvs: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-wrong-'));
    // No other run of this test may have had the same hash.
    const promised = `contents for ${folder}`;
    server = createServer(({ url = '' }, response) => {
      if (url === '/none') response.writeHead(404);
      response.end(url === '/right' ? promised : `contents of ${url}`);
    });
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const lines = Object.entries(DOWNLOADS).map(
      ([key, [name, file]]) =>
        `${key} = derivation { name = "${name}"; system = "builtin"; builder = "builtin:fetchurl"; url = "http://127.0.0.1:${port}/${file}"; outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "${sri(promised)}"; };`,
    );
    const all = `all = derivation { name = "all"; system = "x86_64-linux"; builder = "/bin/sh"; inputs = [ ${Object.keys(DOWNLOADS).join(' ')} ]; };`;
    writeFileSync(join(folder, 'default.nix'), `rec { ${lines.join('\n')}\n${all} }`);
    const store = ['--extra-experimental-features', 'nix-command', '--store', join(folder, 'root')];
    const apply = ['--apply', 'builtins.mapAttrs (_: each: each.drvPath)'];
    const said: unknown = JSON.parse(
      execFileSync('nix', [...store, 'eval', '--json', '-f', 'default.nix', ...apply], {
        ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
        env: environmentFor(requireBuildkit('containerd')),
      }),
    );
    if (!isRecord(said)) throw new Error('no derivations');
    drvs = Object.fromEntries(Object.entries(said).map(([key, path]) => [key, String(path)]));
  });
  afterAll(async () => {
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const build = (key: string, keepGoing?: boolean) =>
    buildClosure({
      file: join(folder, 'root', drvs[key] ?? ''),
      builder: requireBuildkit('containerd').address.replace(/^unix:/, 'docker+unix:'),
      ...(keepGoing === undefined ? {} : { each: { keepGoing } }),
      ...{ cwd: folder, env: process.env, events: { output: () => undefined } },
    });

  it('are told apart, each with what it got', async () => {
    const built = await build('all', true);
    const message = built.outcome === 'failed' ? built.message : '';
    const told = [
      ...message.matchAll(/derivation '(\S+)':\n +specified: +\S+\n +got: +(\S+)/g),
    ].map(([, drv, got]) => [drv, got]);
    const expected = Object.entries(DOWNLOADS)
      .filter(([key]) => key !== 'refused' && key !== 'right')
      .map(([key, [, file]]) => [drvs[key], sri(`contents of /${file}`)]);
    expect(told.sort()).toEqual(expected.sort());
    expect(message).toMatch(
      new RegExp(
        `Cannot build '${drvs['refused'] ?? ''}'. Reason: unable to download '.*/none': HTTP error 404`,
      ),
    );
  });

  it('are built where the address has what was promised', async () => {
    const built = await build('right');
    const message = built.outcome === 'failed' ? built.message : undefined;
    expect(message).toBeUndefined();
  });

  it('name one with what that one got where the first failure ends the build', async () => {
    const built = await build('all');
    const message = built.outcome === 'failed' ? built.message : '';
    const [, drv, got] =
      /derivation '(\S+)':\n +specified: +\S+\n +got: +(\S+)/.exec(message) ?? [];
    const key = Object.keys(DOWNLOADS).find((each) => drvs[each] === drv);
    const file = key === undefined ? undefined : new Map(Object.entries(DOWNLOADS)).get(key)?.[1];
    if (message.includes('HTTP error 404')) expect(message).toContain(drvs['refused']);
    else expect(got).toBe(sri(`contents of /${file ?? ''}`));
  });

  it('name one in the debugger too', async () => {
    const bundle = await bundleAdapter();
    const client = new DapClient(
      bundle.argv,
      environmentFor(requireBuildkit('containerd')),
      folder,
    );
    try {
      await client.launch({ derivation: join(folder, 'root', drvs['refused'] ?? '') });
      expect(await client.event('stopped')).toMatchObject({
        reason: 'exception',
        text: expect.stringMatching(
          /^Cannot build '\S+-refused\.drv'\. Reason: unable to download 'http:\S+\/none': HTTP error 404$/,
        ) as unknown,
      });
      await client.disconnect();
    } finally {
      client.kill();
      await bundle.remove();
    }
  });
});

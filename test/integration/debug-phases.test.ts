/**
 * Breakpoints on the phases of a builder: a small stand-in for Nixpkgs' setup script, with its
 * contract: `genericBuild` runs each phase by an `eval` in `runPhase`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Derivation } from '../../language-server/derivation/derivation';
import { expectedOutputPaths, ModuloHashes } from '../../language-server/derivation/hash-modulo';
import { printDerivation } from '../../language-server/derivation/print';
import { derivationPath, textStorePath } from '../../language-server/derivation/store-path';
import { buildkits, environmentFor } from '../env/context';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';
import { DapClient } from './dap-client';
import { BASH, hasSources, writeStored } from './nix-expressions';
import { noTerminals, Terminal } from './terminal';

const SETUP = `set -eu
runPhase() {
  local curPhase="$*"
  echo "Running phase: $curPhase"
  eval "\${!curPhase:-$curPhase}"
}
genericBuild() {
  for curPhase in $phases; do runPhase "$curPhase"; done
}
exitHandler() { echo left; }
trap exitHandler EXIT
unpackPhase() { cd /tmp; echo hello >/build/greeting; export unpacked='yes, "it is"'; }
installPhase() { read -r text </build/greeting; echo "$text $made" >$out; }
genericBuild
`;

let bundle: AdapterBundle;
let store = '';
let drv = '';
beforeAll(async () => {
  if (!hasSources()) return;
  bundle = await bundleAdapter();
  store = await mkdtemp(join(tmpdir(), 'llb-lens-phases-'));
  await writeStored(store, BASH);
  const bytes = new TextEncoder().encode(SETUP);
  const setup = textStorePath(bytes, [], '/nix/store', 'setup.sh');
  await writeFile(join(store, basename(setup)), bytes);
  const bash = `/nix/store/${BASH}`;
  const shape = (out: string): Derivation => ({
    outputs: [{ name: 'out', path: out, hashAlgorithm: '', hash: '' }],
    inputDrvs: [],
    inputSrcs: [bash, setup].sort(),
    system: 'x86_64-linux',
    builder: `${bash}/bin/bash`,
    args: ['-e', setup],
    env: Object.entries({
      buildPhase: 'made=world; echo built >log',
      builder: `${bash}/bin/bash`,
      name: 'hello',
      out,
      phases: 'unpackPhase buildPhase installPhase',
      system: 'x86_64-linux',
    }).map(([name, value]) => ({ name, value })),
  });
  const hashes = new ModuloHashes(() => undefined);
  const out = expectedOutputPaths(shape('x'), 'hello', '/nix/store', hashes).get('out') ?? '';
  const derivation = shape(out);
  const text = printDerivation(derivation);
  drv = join(store, basename(derivationPath(text, derivation, 'hello', '/nix/store')));
  await writeFile(drv, text);
});
afterAll(async () => {
  if (!hasSources()) return;
  await bundle.remove();
  await rm(store, { recursive: true, force: true });
});

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close.reverse()) each();
  close = [];
});

describe.skipIf(!hasSources()).each(
  // What a failure keeps, which is all that this rests on, is shown elsewhere on every store.
  buildkits()
    .slice(0, 1)
    .map((buildkit) => ({ buildkit, name: buildkit.name })),
)('phases of a builder on $name', ({ buildkit }) => {
  test('stop it, show what it has so far, and let it go on', async () => {
    const client = new DapClient(bundle.argv, environmentFor(buildkit), store);
    close.push(() => client.kill());
    const breakpoints = [{ name: 'buildPhase' }, { name: 'hello:nonesuchPhase' }];
    const configure = async () => {
      await client.request('setFunctionBreakpoints', { breakpoints });
    };
    await client.launch({ file: drv }, { configure });
    expect(await client.event('stopped')).toMatchObject({
      reason: 'breakpoint',
      description: 'Before buildPhase',
    });
    expect(await client.request('stackTrace', { threadId: 1 })).toMatchObject({
      stackFrames: [{ name: 'build hello', source: { path: drv } }],
    });
    if (noTerminals() === undefined) {
      await client.request('llb/shell');
      const terminal = Terminal.asked(client.terminals[0]);
      close.push(() => terminal.close());
      await terminal.see(/[$#] $/);
      expect(await terminal.type('pwd', /^(\/\S*)\r?$/m)).toBe('/tmp');
      expect(await terminal.type('cat /build/greeting', /^(hello)\r?$/m)).toBe('hello');
      expect(await terminal.type('echo var:$unpacked', /^var:(.*?)\r?$/m)).toBe('yes, "it is"');
      expect(await terminal.type('echo out:$out', /^out:(\S+)\r?$/m)).toMatch(/-hello$/);
      terminal.send('exit\r');
      await terminal.exit;
    }
    await client.request('next', { threadId: 1 });
    expect(await client.event('stopped', 2)).toMatchObject({
      reason: 'step',
      description: 'Before installPhase',
    });
    await client.request('continue');
    expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
    await client.disconnect();
  });
});

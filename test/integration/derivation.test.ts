/**
 * Derivations on a real BuildKit against what real Nix recorded for them: the same NAR hashes and
 * references, or a failure for the same reason.
 */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_HASH_MISMATCH, EXIT_REJECTED, readNar } from '../../language-server/derivation';
import { openDerivations } from '../../language-server/server/store-reader';
import { absence, buildkits } from '../env/context';
import { isRecord } from '../env/json';
import { buildDerivations, writeTree } from './derivation-build';

const DATA = resolve(import.meta.dirname, '../../../shared/conformance/nix');
const FIXTURE = resolve(import.meta.dirname, '../fixtures/derivation');
const haveData = existsSync(DATA);
const daemons = buildkits().map((each) => ({
  name: each.name,
  address: each.kind === 'docker' ? each.address.replace(/^unix:/, 'docker+unix:') : each.address,
}));
if (daemons.length === 0) console.warn(`skipped: no BuildKit (${absence()})`);
else if (!haveData) console.warn('skipped: the Nix conformance data (../shared) is not there');

/** Refused with these words. What is not here must be built as Nix built it. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  '21-builtin-unpack-channel': /builtin:unpack-channel/,
  '22-builtin-buildenv': /builtin:buildenv/,
  '23-builtin-buildenv-conflict': /builtin:buildenv/,
  '26-structured-attrs': /structured attributes/,
  '28-export-references-graph': /exportReferencesGraph/,
  '29-ca-floating': /content-addressed/,
  '31-ca-text': /content-addressed/,
  '32-ia-depends-on-ca': /content-addressed/,
  '34-impure-drv': /impure/,
  '48-fail-system': /riscv64-linux/,
  '49-fail-required-feature': /quantum/,
};
/** Cases whose contents show the sandbox itself, where BuildKit's differs from Nix's. */
const SHOWS_SANDBOX = new Set(['51-setuid-denied', '54-sandbox-probe']);
/** An output that is itself a symlink cannot be mounted for its users. */
const SYMLINK_OUTPUT = '59-symlink-output';
/** The exit code of the runner for Nix's own exit codes of a whole build. */
const RUNNER_EXIT: Readonly<Record<number, number>> = {
  1: EXIT_REJECTED,
  102: EXIT_HASH_MISMATCH,
};

async function readRecord(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (!isRecord(value)) throw new Error(`${path} is no object`);
  return value;
}

type Recorded = { readonly path: string; readonly narHash: unknown; readonly references: unknown };

/** Every output that Nix built, in order of paths. */
async function recorded(name: string): Promise<Recorded[]> {
  const built = await readRecord(join(DATA, 'cases', name, 'built.json'));
  return Object.values(built)
    .flatMap((outputs) => Object.entries(isRecord(outputs) ? outputs : {}))
    .flatMap(([path, output]) =>
      isRecord(output)
        ? [{ path, narHash: output['narHash'], references: output['references'] }]
        : [],
    )
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** The exit code a failing case must have on BuildKit. */
async function wantedExit(name: string, nixCode: unknown): Promise<number> {
  const log = await readFile(join(DATA, 'cases', name, 'build.log'), 'utf8');
  const builder = /builder failed with exit code (\d+)/.exec(log)?.[1];
  const ours = typeof nixCode === 'number' ? RUNNER_EXIT[nixCode] : undefined;
  if (ours !== undefined) return ours;
  // Nix's child exits with 1 where there is no builder; a shell says 127.
  return /executing '.*': No such file/.test(log) ? 127 : Number(builder);
}

let store = '';
let server: Server | undefined;

beforeAll(async () => {
  if (!haveData || daemons.length === 0) return;
  store = await mkdtemp(join(tmpdir(), 'llb-lens-store-'));
  for (const name of await readdir(join(DATA, 'sources'))) {
    const tree = readNar(await readFile(join(DATA, 'sources', name)));
    await writeTree(tree, join(store, name.replace(/\.nar$/, '')));
  }
  server = createServer((request, response) => {
    readFile(join(DATA, 'www', normalize(`/${request.url ?? ''}`))).then(
      (data) => response.end(data),
      () => response.writeHead(404).end(),
    );
  });
  // The recorded derivations fetch from this very port.
  await new Promise<void>((done, fail) => {
    server?.once('error', fail).listen(18099, '127.0.0.1', done);
  });
});

afterAll(async () => {
  server?.close();
  if (store !== '') await rm(store, { recursive: true, force: true });
});

const cases = haveData ? readdirSync(join(DATA, 'cases')) : [];
/** The second daemon runs a sample: its store differs, the compiler does not. */
const SAMPLE = /^(0[1-6]|09|1[0-4]|18|42)-/;

describe.each(daemons)('derivations on $name', ({ name: daemon, address }) => {
  const mine = cases.filter((name) => daemon === daemons[0]?.name || SAMPLE.test(name));

  it.each(mine)('%s: as Nix', { timeout: 240_000 }, async (name) => {
    const meta = await readRecord(join(DATA, 'cases', name, 'meta.json'));
    const opened = await openDerivations([join(DATA, 'cases', name, 'drvs')], { storeDir: store });
    const impure = Object.fromEntries(
      Object.entries(isRecord(meta['env']) ? meta['env'] : {}).map(([key, value]) => [
        key,
        String(value),
      ]),
    );
    const build = await buildDerivations(opened, address, impure);
    const refused = REFUSED[name];
    if (refused !== undefined) {
      if (build.outcome !== 'refused') throw new Error(`${build.outcome}, not refused`);
      expect(build.problems.map(({ message }) => message).join('\n')).toMatch(refused);
    } else if (name === SYMLINK_OUTPUT) {
      expect(build).toMatchObject({ outcome: 'failed' });
    } else if (meta['expect'] === 'fail') {
      const exitCode = await wantedExit(name, meta['build_rc']);
      expect(build).toMatchObject({ outcome: 'failed', exitCode });
    } else {
      if (build.outcome !== 'built') throw new Error(JSON.stringify(build));
      const got = build.outputs
        .map(({ path, narHash, references }) => ({ path, narHash, references }))
        .sort((left, right) => (left.path < right.path ? -1 : 1));
      if (SHOWS_SANDBOX.has(name)) expect(got).toHaveLength((await recorded(name)).length);
      else expect(got).toEqual(await recorded(name));
    }
  });

  it('the fixture: fails where it should, after its inputs were built', async () => {
    const opened = await openDerivations([FIXTURE]);
    const build = await buildDerivations(opened, address);
    expect(build).toMatchObject({ outcome: 'failed', exitCode: 3 });
    if (build.outcome === 'failed') expect(build.log).toContain('the card has no signature');
  });

  it('the fixture: builds the card from its inputs', async () => {
    const [card] = readdirSync(FIXTURE).filter((name) => name.endsWith('-card.drv'));
    const opened = await openDerivations([join(FIXTURE, card ?? '')]);
    const build = await buildDerivations(opened, address);
    if (build.outcome !== 'built') throw new Error(JSON.stringify(build));
    const references = build.outputs.map(({ path, references: all }) => [
      path.slice(44),
      all.map((each) => each.slice(44)),
    ]);
    expect(references).toEqual([
      ['letters-index', ['letters']],
      ['letters', []],
      ['greeting', []],
      ['card', ['letters']],
    ]);
  });
});

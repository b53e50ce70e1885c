/**
 * Derivations on a real BuildKit against what real Nix recorded for them: the same NAR hashes and
 * references, or a failure for the same reason.
 */
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, normalize, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EXIT_HASH_MISMATCH,
  EXIT_REJECTED,
  readNar,
  textOf,
  type BuiltOutput,
} from '../../language-server/derivation';
import { openDerivations } from '../../language-server/server/store-reader';
import { absence, buildkits } from '../env/context';
import { isRecord } from '../env/json';
import {
  buildClosure,
  type ClosureBuild,
  type DerivationSettings,
} from '../../extension/engine/derivation/build-closure';
import { builderLog } from '../../extension/engine/derivation/builder-log';
import { KnownBuilds } from '../../extension/engine/derivation/known-build';
import { BuildFailure } from '../../extension/engine/input/build-input';
import { writeTree } from './write-tree';

const DATA = resolve(import.meta.dirname, '../../../shared/conformance/nix');
const FIXTURE = resolve(import.meta.dirname, '../fixtures/derivation');
const haveData = existsSync(DATA);
const daemons = buildkits().map((each) => ({
  name: each.name,
  address: each.kind === 'docker' ? each.address.replace(/^unix:/, 'docker+unix:') : each.address,
}));
if (daemons.length === 0) console.warn(`skipped: no BuildKit (${absence()})`);
else if (!haveData) console.warn('skipped: the Nix conformance data (../shared) is not there');

/** Cases whose contents show the sandbox itself, where BuildKit's differs from Nix's. */
const SHOWS_SANDBOX = new Set(['51-setuid-denied', '54-sandbox-probe']);
/** One output lists the time of the build and how many cores the machine has. */
const SHOWS_TIME = '26-structured-attrs';
/** Refused before anything runs, in the words that Nix has for it. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  '48-fail-system': /a 'riscv64-linux' with features \{\} is required to build/,
  '49-fail-required-feature':
    /a 'x86_64-linux' with features \{big-parallel, quantum\} is required/,
};
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

type Outcome =
  | Exclude<ClosureBuild, { outcome: 'built' }>
  | {
      readonly outcome: 'built';
      readonly outputs: readonly BuiltOutput[];
      readonly log: string;
    };

/** Builds all that no other derivation of a folder needs. */
async function buildFolder(
  folder: string,
  builder: string,
  env: NodeJS.ProcessEnv,
  {
    only = '',
    settings = {},
  }: { readonly only?: string; readonly settings?: DerivationSettings } = {},
): Promise<Outcome> {
  const { closure } = await openDerivations([folder]);
  const outputs = new Map<string, BuiltOutput>();
  let log = '';
  for (const root of closure.roots.map(textOf)) {
    if (!root.endsWith(`${only}.drv`)) continue;
    const build = await buildClosure({
      file: join(folder, basename(root)),
      storeDir: store,
      settings,
      builder,
      cwd: folder,
      env,
      events: {
        graph: () => undefined,
        patch: () => undefined,
        output: (text) => {
          log += text;
        },
      },
    });
    if (build.outcome !== 'built') return build;
    for (const output of build.outputs) outputs.set(output.path, output);
  }
  return { outcome: 'built', outputs: [...outputs.values()], log };
}

/** The cases that cannot be equal, and why; the others are compared to the last byte. */
const DIFFERS: Readonly<Record<string, string>> = {
  '51-setuid-denied': 'BuildKit lets a builder set the setuid bit',
  '54-sandbox-probe': 'it shows the sandbox itself: mounts, devices, the processor count',
  [SHOWS_TIME]: 'one of its outputs lists the time and the processor count',
};

describe.each(daemons)('derivations on $name', ({ name: daemon, address }) => {
  afterAll(() => {
    const bound = mine.filter((name) => name in DIFFERS);
    const why = bound.map((name) => `${name} (${DIFFERS[name] ?? ''})`).join('; ');
    console.info(`${daemon}: ${mine.length} cases of real Nix; bound to differ: ${why || 'none'}`);
  });
  const mine = cases.filter((name) => daemon === daemons[0]?.name || SAMPLE.test(name));

  it.concurrent.each(mine)('%s: as Nix', { timeout: 240_000 }, async (name) => {
    const meta = await readRecord(join(DATA, 'cases', name, 'meta.json'));
    const outside = Object.entries(isRecord(meta['env']) ? meta['env'] : {});
    const env = Object.fromEntries(outside.map(([key, value]) => [key, String(value)]));
    const building = buildFolder(join(DATA, 'cases', name, 'drvs'), address, {
      ...process.env,
      ...env,
    });
    const refused = REFUSED[name];
    if (refused !== undefined) {
      await expect(building).rejects.toThrow(refused);
      await expect(building).rejects.toThrow(BuildFailure);
      return;
    }
    const build = await building;
    if (meta['expect'] === 'fail') {
      const exitCode = await wantedExit(name, meta['build_rc']);
      expect(build).toMatchObject({ outcome: 'failed', exitCode });
      return;
    }
    if (build.outcome !== 'built') throw new Error(JSON.stringify(build));
    const got = build.outputs
      .map(({ path, narHash, references }) => ({ path, narHash, references }))
      .sort((left, right) => (left.path < right.path ? -1 : 1));
    const wanted = await recorded(name);
    // Nix could not record its impure output: the recorder's program crashed.
    if (SHOWS_SANDBOX.has(name)) expect(got).toHaveLength(wanted.length);
    else if (name === SHOWS_TIME) {
      expect(got.map(({ path }) => path)).toEqual(wanted.map(({ path }) => path));
      expect(got.map(({ references }) => references)).toEqual(
        wanted.map(({ references }) => references),
      );
      expect(got.at(-1)).toEqual(wanted.at(-1));
    } else if (wanted.length > 0) expect(got).toEqual(wanted);
    else expect(got).toHaveLength(1);
  });

  it('takes the tools from a folder, and another shell for the sandbox', async () => {
    const tools = await mkdtemp(join(tmpdir(), 'llb-lens-tools-'));
    try {
      const from = (name: string): string =>
        join(store, readdirSync(store).find((each) => each.endsWith(name)) ?? '');
      await copyFile(join(from('-busybox-static'), 'bin/busybox'), join(tools, 'busybox'));
      await copyFile(join(from('-bash-static'), 'bin/bash'), join(tools, 'sh'));
      const name = '02-binsh-no-inputs';
      const build = await buildFolder(join(DATA, 'cases', name, 'drvs'), address, process.env, {
        settings: { toolsFolder: tools },
      });
      if (build.outcome !== 'built') throw new Error(JSON.stringify(build));
      const [wanted] = await recorded(name);
      expect(build.outputs[0]).toMatchObject({ path: wanted?.path, narHash: wanted?.narHash });
    } finally {
      await rm(tools, { recursive: true, force: true });
    }
  });

  it('tells all that a builder said, past what BuildKit keeps, and of what is cached', async () => {
    const name = '61-big-log';
    const folder = join(DATA, 'cases', name, 'drvs');
    const [file = ''] = readdirSync(folder).filter((each) => each.endsWith('-biglog.drv'));
    const events = { output: () => undefined };
    const at = { file: join(folder, file), storeDir: store, builder: address, cwd: folder };
    for (let run = 0; run < 2; run++) {
      const lines = (await builderLog({ ...at, env: process.env, events })).text.split('\n');
      expect(lines).toHaveLength(4096 + 2);
      expect(new Set(lines.slice(0, 4096)).size).toBe(1);
      expect(lines[0]).toMatch(/^(0123456789abcdef)+$/);
      expect(lines.slice(4096)).toEqual(['last-line', '']);
    }
    const [broken = ''] = readdirSync(FIXTURE).filter((each) => each.endsWith('-broken.drv'));
    const failing = { file: join(FIXTURE, broken), builder: address, cwd: FIXTURE };
    expect(await builderLog({ ...failing, env: process.env, events })).toEqual({
      text: expect.stringContaining('the card has no signature\n') as unknown,
      failure: expect.stringMatching(/Reason: builder failed with exit code 3\.$/) as unknown,
    });
  });

  it('the fixture: fails where it should, after its inputs were built', async () => {
    const build = await buildFolder(FIXTURE, address, process.env, { only: '-broken' });
    expect(build).toMatchObject({ outcome: 'failed', exitCode: 3 });
    if (build.outcome === 'failed') {
      expect(build.message).toContain("-broken.drv'. Reason: builder failed with exit code 3.");
      expect(build.message).toContain('the card has no signature');
      expect(build.message.length).toBeLessThan(1000);
    }
  });

  it('the fixture: builds the card from its inputs', async () => {
    const [card] = readdirSync(FIXTURE).filter((name) => name.endsWith('-card.drv'));
    const said: string[] = [];
    const build = await buildClosure({
      file: join(FIXTURE, card ?? ''),
      builder: address,
      cwd: FIXTURE,
      // The registry of the tests has not the busybox that is pinned, but one of that name.
      env: { ...process.env, LLB_LENS_TOOLS: '' },
      events: { output: (text) => said.push(text) },
    });
    expect(said.join('')).toContain(
      'This builder cannot get docker.io/library/busybox:musl@sha256:',
    );
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

  it('tells what it saw of a build for as long as the builder has that very result', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llb-lens-known-'));
    try {
      const known = new KnownBuilds('this program', folder);
      const [card] = readdirSync(FIXTURE).filter((name) => name.endsWith('-card.drv'));
      const build = async (): Promise<{ outputs: readonly BuiltOutput[]; log: string }> => {
        const said: string[] = [];
        const events = { output: (text: string) => said.push(text) };
        const file = join(FIXTURE, card ?? '');
        const at = { file, builder: address, cwd: FIXTURE, env: process.env };
        const built = await buildClosure({ ...at, known, events });
        if (built.outcome !== 'built') throw new Error(JSON.stringify(built));
        return { outputs: built.outputs, log: said.join('') };
      };
      const first = await build();
      expect(first.log).toContain('sending tarball');
      const second = await build();
      expect(second.outputs).toEqual(first.outputs);
      expect(second.log).not.toContain('sending tarball');
      // The same result made at another time is another one, whatever was seen of that.
      const [key = ''] = readdirSync(folder);
      const seen = await known.recall(key);
      if (seen === undefined) throw new Error('nothing was kept');
      await known.keep(key, { ...seen, stamp: '1', outputs: [] });
      const third = await build();
      expect(third.outputs).toEqual(first.outputs);
      expect(third.log).toContain('sending tarball');
      expect((await known.recall(key))?.stamp).toBe(seen.stamp);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

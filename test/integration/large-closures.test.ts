/**
 * Closures that need more than one message, or more than one stage: definitions that BuildKit reads
 * from a file, and what is told of their steps.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBuild } from '../../extension/engine/job/run-build';
import { treeAt, treeOfTar } from '../../language-server/derivation';
import type { BuildGraph } from '../../proto/model/build-graph';
import { applyPatch } from '../../proto/model/graph-patch';
import { absence, buildkits } from '../env/context';
import { writeMadeUpClosure, type MadeUpOptions } from './made-up-closure';

const daemons = buildkits().map((each) => ({
  name: each.name,
  address: each.kind === 'docker' ? each.address.replace(/^unix:/, 'docker+unix:') : each.address,
}));
if (daemons.length === 0) console.warn(`skipped: no BuildKit (${absence()})`);

let folder: string;
const ownCache = process.env['XDG_CACHE_HOME'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-large-'));
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
});
afterAll(async () => {
  if (ownCache === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = ownCache;
  await rm(folder, { recursive: true, force: true });
});

/** Makes the remembered reports say that no output refers to anything; answers how many there were. */
async function falsifyReports(): Promise<number> {
  const reports = join(folder, 'cache/llb-lens/reports');
  const names = await readdir(reports);
  for (const name of names) {
    const report = await readFile(join(reports, name), 'latin1');
    const empty = report.replace(/^(refs \S+).*$/gm, '$1');
    expect(empty).not.toBe(report);
    await writeFile(join(reports, name), empty, 'latin1');
  }
  return names.length;
}

type Built = {
  /** What lies in the exported store. */
  readonly names: readonly string[];
  readonly text: (name: string) => string | undefined;
  /** How many steps of the graph ended in each state. */
  readonly states: Readonly<Record<string, number>>;
};

async function build(derivation: string, builder: string): Promise<Built> {
  let graph: BuildGraph | undefined;
  const archive = join(folder, `${randomUUID()}.tar`);
  const end = await runBuild({
    profile: { derivation, builder, outputs: [`type=tar,dest=${archive}`] },
    cwd: folder,
    env: process.env,
    events: {
      graph: (whole) => (graph = whole),
      patch: (patch) => (graph = graph === undefined ? undefined : applyPatch(graph, patch)),
      output: () => undefined,
    },
  });
  expect(end.message).toBeUndefined();
  const states: Record<string, number> = {};
  for (const { id } of graph?.nodes ?? []) {
    const state = graph?.status[id]?.state ?? 'unknown';
    states[state] = (states[state] ?? 0) + 1;
  }
  const store = treeAt(treeOfTar(await readFile(archive)), '/nix/store');
  const entries = new Map(store?.kind === 'directory' ? store.entries : []);
  return {
    names: [...entries.keys()].map((name) => name.slice(33)).sort(),
    text: (name) => {
      const found = [...entries].find(([key]) => key.slice(33) === name)?.[1];
      return found?.kind === 'file' ? Buffer.from(found.contents).toString() : undefined;
    },
    states,
  };
}

async function closure(
  options: Omit<MadeUpOptions, 'seed'>,
): Promise<{ root: string; seed: string }> {
  const seed = randomUUID().slice(0, 8);
  const { root } = await writeMadeUpClosure(join(folder, seed), { ...options, seed });
  return { root, seed };
}

describe.runIf(daemons.length > 0)('a large closure', () => {
  it('is built in stages and then found in the cache as a whole', async () => {
    const address = daemons.at(-1)?.address ?? '';
    const { root, seed } = await closure({ shape: 'chain', count: 18, refer: true });
    const first = await build(root, address);
    expect(first.names).toHaveLength(18);
    expect(first.text(`${seed}-chain-root`)).toMatch(`-${seed}-chain-16`);
    const again = await build(root, address);
    expect(again.names).toEqual(first.names);
    expect(again.text(`${seed}-chain-root`)).toBe(first.text(`${seed}-chain-root`));
    // Of a whole that is cached BuildKit says nothing more, yet every step is known to be done.
    expect(again.states['unknown']).toBeUndefined();
    expect(again.states['cached'] ?? 0).toBeGreaterThanOrEqual(18);
    // What is remembered of it counts only as far as the builder has the same.
    expect(await falsifyReports()).toBeGreaterThan(0);
    const told = await build(root, address);
    expect(told.names).toEqual(first.names);
    expect(told.text(`${seed}-chain-root`)).toBe(first.text(`${seed}-chain-root`));
  });

  it('is built when its definition is larger than any message may be', async () => {
    const [daemon] = daemons;
    const { root, seed } = await closure({ shape: 'wide', count: 5, padding: 4_000_000 });
    const built = await build(root, daemon?.address ?? '');
    expect(built.text(`${seed}-wide-root`)).toBe(`${seed}-wide-root\n`);
    expect(built.names).toHaveLength(5);
  });
});

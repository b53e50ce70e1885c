/**
 * How closures are laid out on BuildKit where something is plentiful: inputs of one derivation, and
 * derivations that could run at once.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClosure, type ClosureBuild } from '../../extension/engine/derivation/build-closure';
import type { EachOptions } from '../../extension/engine/derivation/build-each';
import { narHash, readNar } from '../../language-server/derivation';
import type { BuildGraph } from '../../proto/model/build-graph';
import { buildkits, environmentFor, requireBuildkit } from '../env/context';
import { hasSources, writeExpression } from './nix-expressions';

/** Derivations that need so many inputs, and some that take a while and say from when to when. */
const BODY = `{ seed, count ? 0 }: {
  many = make "many" ''
    # \${seed}
    cat \${toString (builtins.genList (at: builtins.toFile "part\${toString at}" "\${toString at}\\n") count)} > $out
  '';
  slow = make "slow" "echo \${toString (builtins.genList (at: make "slow\${toString at}" ''
    # \${seed} \${toString at}
    cut -d' ' -f1 /proc/uptime > $out; sleep 0.7; cut -d' ' -f1 /proc/uptime >> $out
  '') 4)} > $out";
}`;

describe.skipIf(!hasSources())('closures with much of something', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-shapes-'));
    await writeExpression(folder, { body: BODY });
  });
  afterAll(async () => {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  const drvOf = (name: string, seed: string, count = 0): string => {
    const store = ['--store', join(folder, 'root'), '--option', 'substituters', ''];
    const given = ['--argstr', 'seed', `${folder} ${seed}`, '--arg', 'count', `${count}`];
    const drv = execFileSync('nix-instantiate', [...store, ...given, 'default.nix', '-A', name], {
      ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      env: environmentFor(requireBuildkit('containerd')),
    });
    return join(folder, 'root', drv.trim());
  };

  const build = async (
    file: string,
    address: string,
    more: { readonly each?: EachOptions; readonly cache?: { readonly folder: string } } = {},
  ): Promise<{ built: ClosureBuild & { outcome: 'built' }; graph: BuildGraph | undefined }> => {
    let graph: BuildGraph | undefined;
    const events = { output: () => undefined, graph: (whole: BuildGraph) => (graph = whole) };
    const builder = address.replace(/^unix:/, 'docker+unix:');
    const at = { file, builder, cwd: folder, env: process.env, events };
    const built = await buildClosure({ ...at, ...more });
    if (built.outcome !== 'built') throw new Error(JSON.stringify(built));
    return { built, graph };
  };

  it.each(
    buildkits().flatMap(({ name, kind, address }) =>
      kind === 'docker' ? [200, 300].map((count) => [name, count, address] as const) : [],
    ),
  )('shows a builder of %s all of %i inputs', async (name, count, address) => {
    const { built, graph } = await build(drvOf('many', name, count), address);
    const text = Array.from({ length: count }, (_, at) => `${at}\n`).join('');
    const made = built.outputs.find(({ path }) => path.endsWith('-many'));
    const contents = Buffer.from(text);
    expect(made?.narHash).toBe(narHash({ kind: 'file', executable: false, contents }).hash);
    // Mounted one by one, or put together before: merged where the builder's store can do that.
    const names = (graph?.nodes ?? []).map((node) => node.name);
    const merges = names.filter((each) => each.includes('layers of inputs')).length;
    const copies = names.filter((each) => /put .* into the store/.test(each)).length;
    if (count === 200) expect([merges, copies]).toEqual([0, 0]);
    else if (name === 'graph') expect([merges, copies]).toEqual([0, 1]);
    else expect([merges > 0, copies]).toEqual([true, count + 1]);
  });

  it('runs no more derivations at once than it may', async () => {
    const { address } = requireBuildkit('containerd');
    const most = async (jobs: number): Promise<number> => {
      const cache = join(folder, `cache-${jobs}`);
      await build(drvOf('slow', `${jobs}`), address, {
        ...{ each: { jobs, keepGoing: false }, cache: { folder: cache } },
      });
      const spans: (readonly [number, number])[] = [];
      for (const info of await readdir(cache)) {
        if (!info.endsWith('.narinfo')) continue;
        const said = await readFile(join(cache, info), 'utf8');
        if (!/^StorePath: .*-slow\d$/m.test(said)) continue;
        const [, url = ''] = /^URL: (.*)$/m.exec(said) ?? [];
        const tree = readNar(gunzipSync(await readFile(join(cache, url))));
        if (tree.kind !== 'file') throw new Error(`${info} is no file`);
        const [start, end] = Buffer.from(tree.contents).toString().split('\n').map(Number);
        spans.push([start ?? 0, end ?? 0]);
      }
      expect(spans).toHaveLength(4);
      return Math.max(
        ...spans.map(([at]) => spans.filter(([start, end]) => start <= at && at < end).length),
      );
    };
    expect(await most(2)).toBe(2);
    expect(await most(4)).toBeGreaterThan(2);
  });
});

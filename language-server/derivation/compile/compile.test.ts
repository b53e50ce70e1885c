import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { graphFromDefinitions } from '../../../proto/model/graph-from-definition';
import { neutralDigests } from '../../../proto/model/neutral-digest';
import type { ExecOp } from '../../../proto/model/op';
import { openDerivations } from '../../server/store-reader';
import { bytesOf } from '../byte-string';
import { loadClosure, type Closure } from '../closure';
import { compileClosure } from './compile';
import type { CompiledClosure, CompileOptions } from './compiled-closure';
import type { Derivation } from '../derivation';
import { expectedOutputPaths, ModuloHashes } from '../hash-modulo';
import { printDerivation } from '../print';
import { derivationPath } from '../store-path';

const FOLDER = join(import.meta.dirname, '../../../test/fixtures/derivation');
const CARD = '/nix/store/h77rkbniq31657n4ibjcw2wsc40hm7d6-card';
const OPTIONS: CompileOptions = {
  sessionId: 'a'.repeat(25),
  shell: { ref: 'docker.io/library/busybox:musl', digest: `sha256:${'0'.repeat(64)}` },
};

const fixture = async (options: Partial<CompileOptions> = {}): Promise<CompiledClosure> =>
  compileClosure((await openDerivations([FOLDER])).closure, { ...OPTIONS, ...options });

function execOf(compiled: CompiledClosure, name: string): ExecOp {
  for (const { digest, op } of compiled.definition?.ops ?? []) {
    const title = compiled.definition?.metadata.get(digest)?.description['llb.customname'];
    if (op.op.kind === 'exec' && title === name) return op.op;
  }
  throw new Error(`no step ${name}`);
}

const FIXED = {
  name: 'out',
  path: '/nix/store/cw1zghb8s6j05ays2rsjivm1c97nf2z7-x',
  hashAlgorithm: 'r:md5',
  hash: 'd41d8cd98f00b204e9800998ecf8427e',
} as const;

const floating = (hashAlgorithm: string) => ({ name: 'out', path: '', hashAlgorithm, hash: '' });

const planIn = (env: readonly string[]): string =>
  env.find((each) => each.startsWith('LLB_LENS_PLAN=')) ?? '';

/** A closure of one derivation with these variables, its paths computed. */
async function single(
  env: Readonly<Record<string, string>>,
  change: Partial<Derivation> = {},
): Promise<Closure> {
  const shape = (path: string): Derivation => ({
    outputs: [{ name: 'out', path, hashAlgorithm: '', hash: '' }],
    inputDrvs: [],
    inputSrcs: [],
    system: 'x86_64-linux',
    builder: '/bin/sh',
    args: ['-c', ':'],
    env: Object.entries({ ...env, out: path })
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    ...change,
  });
  const hashes = new ModuloHashes(() => undefined);
  const paths = expectedOutputPaths(shape('x'), 'x', '/nix/store', hashes);
  const derivation = shape(paths.get('out') ?? '');
  const bytes = printDerivation(derivation);
  const path = derivationPath(bytes, derivation, 'x', '/nix/store');
  return loadClosure([{ path, bytes }], {
    readDerivation: () => Promise.resolve(undefined),
    sourceReferences: () => Promise.resolve([]),
  });
}

describe('the tools', () => {
  const copied = async (options: Partial<CompileOptions>): Promise<string[]> => {
    const { definition } = await fixture(options);
    const files = (definition?.ops ?? []).flatMap(({ op }) =>
      op.op.kind === 'file' ? op.op.actions : [],
    );
    return files.flatMap((action) =>
      action.action === 'copy' && action.dest === '/bin/sh' ? [action.src] : [],
    );
  };

  it.each([
    { shell: { ref: 'tools' }, sh: '/bin/busybox' },
    { shell: { ref: 'tools', shell: '/bin/bash-static' }, sh: '/bin/bash-static' },
    { shell: { files: ['busybox'] }, sh: '/busybox' },
    { shell: { files: ['busybox', 'sh'] }, sh: '/sh' },
  ])('give the sandbox $sh as its shell', async ({ shell, sh }) => {
    expect(await copied({ shell })).toEqual([sh]);
  });
});

describe('compileClosure', () => {
  it('makes one step a derivation, inputs first', async () => {
    const { definition } = await fixture();
    const names = definition?.ops.map(
      ({ digest }) => definition.metadata.get(digest)?.description['llb.customname'],
    );
    expect(names).toEqual([
      'load source lqr6vjrchdv3pdv4p1lqmzwiclfpy929-letters.sh',
      '[internal] load shell docker.io/library/busybox:musl',
      '[internal] make the sandbox',
      '[internal] make an empty store',
      'build letters',
      'build greeting',
      'write files for card',
      'build card',
      'build broken',
      'collect outputs',
      undefined,
    ]);
  });

  it('shows a builder the outputs of all its inputs, and theirs, read-only', async () => {
    const mounts = execOf(await fixture(), 'build broken').mounts.map(
      ({ dest, selector, readonly }) => [dest.slice(0, 11) + dest.slice(44), selector, readonly],
    );
    expect(mounts).toEqual([
      ['/', '', false],
      ['/nix', '', false],
      ['/nix/store/letters-index', '/store/ghs8r7685yyqmzsjya8a0gbqxaalz0kl-letters-index', true],
      ['/nix/store/greeting', '/store/h1x5ah8jyp632pc1il5lza52plpcylzr-greeting', true],
      ['/nix/store/letters', '/store/h5qpfyd7l1xks1sgwb4sk6k6zgc1qnnr-letters', true],
      ['/nix/store/card', '/store/h77rkbniq31657n4ibjcw2wsc40hm7d6-card', true],
      ['/nix/store/letters.sh', '/lqr6vjrchdv3pdv4p1lqmzwiclfpy929-letters.sh', true],
    ]);
  });

  it("runs the builder as Nix's build user, without network", async () => {
    const { meta, network } = execOf(await fixture(), 'build card');
    expect(network).toBe('none');
    expect(meta).toMatchObject({ user: '1000:100', cwd: '/build', hostname: 'localhost' });
    expect(meta.env).toContain('greeting=/nix/store/h1x5ah8jyp632pc1il5lza52plpcylzr-greeting');
    expect(meta.args.slice(0, 3)).toEqual(['/.llb-lens/busybox', 'sh', '/.llb-lens/run']);
    expect(planIn(meta.env)).toContain("exec -a 'sh' '/bin/sh'");
  });

  it('is deterministic, and in other sessions differs only by the session', async () => {
    const digests = ({ definition }: CompiledClosure) => definition?.ops.map((op) => op.digest);
    const neutral = ({ definition }: CompiledClosure) =>
      definition && [...neutralDigests(definition).values()];
    const [first, again, other] = [
      await fixture(),
      await fixture(),
      await fixture({ sessionId: 'b'.repeat(25) }),
    ];
    expect(digests(again)).toEqual(digests(first));
    expect(digests(other)).not.toEqual(digests(first));
    expect(neutral(other)).toEqual(neutral(first));
  });

  it('tells the session what to serve and the result what it holds', async () => {
    const { locals, outputs, entitlements, buildable } = await fixture({ wanted: 'all' });
    expect(buildable).toBe(true);
    expect(entitlements).toEqual([]);
    expect(locals).toEqual([
      { name: 'srcs', includePatterns: ['lqr6vjrchdv3pdv4p1lqmzwiclfpy929-letters.sh'] },
    ]);
    expect(outputs.map(({ path }) => path.slice(44))).toEqual([
      'letters-index',
      'letters',
      'greeting',
      'card',
      'broken',
    ]);
  });

  it('draws as a graph grouped by role, each step at its file', async () => {
    const { definition, groups } = await fixture();
    if (definition === undefined) throw new Error('nothing compiled');
    const graph = graphFromDefinitions([definition], { groups });
    const node = graph.nodes.find((each) => each.name === 'build card');
    expect(node).toMatchObject({ group: 'derivations', kind: 'exec', platform: 'linux/amd64' });
    const [range] = node?.ranges ?? [];
    expect(range && graph.sources[range.source]?.filename).toMatch(/-card\.drv$/);
    expect(range?.start).toEqual({ line: 1, character: 0 });
    expect(graph.groups.map(({ id, kind }) => [id, kind])).toEqual([
      ['sources', 'role'],
      ['sandbox', 'role'],
      ['derivations', 'role'],
      ['outputs', 'role'],
    ]);
  });

  it('gives fixed outputs the network and asks for the right to it', async () => {
    const closure = await single(
      {},
      {
        outputs: [
          {
            name: 'out',
            path: '/nix/store/cw1zghb8s6j05ays2rsjivm1c97nf2z7-x',
            hashAlgorithm: 'r:md5',
            hash: 'd41d8cd98f00b204e9800998ecf8427e',
          },
        ],
      },
    );
    const compiled = compileClosure(closure, OPTIONS);
    const { network, meta } = execOf(compiled, 'build x');
    expect(network).toBe('host');
    expect(planIn(meta.env)).toMatch(
      /llblens_outputs='out \S+ recursive:md5:d41d8cd98f00b204e9800998ecf8427e'/,
    );
    expect(compiled.entitlements).toEqual(['network.host']);
  });

  it.each([
    ['attributes that are no JSON', { __json: 'x' }, 'unsupported', '__json'],
    ['unknown references', { allowedReferences: 'out lib' }, 'illegal-check', "'lib'"],
    [
      'a graph in a folder',
      { exportReferencesGraph: 'a/b /nix/store/x' },
      'illegal-reference',
      "file name 'a/b'",
    ],
    ['no sandbox', { __noChroot: '1' }, 'outside-sandbox', "'sandbox' is 'true'"],
    ['odd features', { requiredSystemFeatures: 'quantum' }, 'missing-feature', '{quantum}'],
  ])('refuses %s', async (_, env, code, what) => {
    const { buildable, problems, definition } = compileClosure(await single(env), OPTIONS);
    expect(buildable).toBe(false);
    expect(definition).toBeDefined();
    expect(problems).toMatchObject([{ code }]);
    expect(problems[0]?.message).toContain(what);
  });

  it.each([
    ['another system', { system: 'riscv64-linux' }, 'platform-mismatch'],
    ['an unknown builtin', { builder: 'builtin:nothing' }, 'unsupported'],
    ['a builder with NUL in its name', { builder: '/bin/\0' }, 'nul'],
    ['Git hashes that Git has not', { outputs: [floating('git:md5')] }, 'unsupported'],
    ['texts by other hashes', { outputs: [floating('text:sha1')] }, 'unsupported'],
  ])('refuses %s', async (_, change, code) => {
    const { buildable, problems } = compileClosure(await single({}, change), OPTIONS);
    expect(buildable).toBe(false);
    expect(problems.map((problem) => problem.code)).toContain(code);
  });

  it.each([
    { __nothing: '1' },
    { requiredSystemFeatures: 'big-parallel' },
    { disallowedReferences: '' },
    { __json: '{"a":1}' },
    { allowedRequisites: 'out' },
  ])('builds with %o', async (env) => {
    expect(compileClosure(await single(env), OPTIONS)).toMatchObject({ buildable: true });
  });

  it('sets variables that a shell would lose by a program of its own', async () => {
    const { meta } = execOf(compileClosure(await single({ 'a-b': '1' }), OPTIONS), 'build x');
    expect(planIn(meta.env)).toContain(
      "env 'a-b=1' /.llb-lens/busybox start-stop-daemon -S -x '/bin/sh' -a 'sh' -- '-c'",
    );
  });

  it.each([
    [{}, ''],
    [{ allowedReferences: '' }, 'out allowedReferences'],
    [{ disallowedReferences: CARD }, `out disallowedReferences ${CARD.slice(11)}`],
    [{ allowedRequisites: 'out' }, 'out allowedRequisites -self @out'],
    [
      { __json: '{"outputChecks":{"out":{"maxSize":9,"allowedRequisites":[]}}}' },
      'out maxSize 9\nout allowedRequisites',
    ],
  ])('has the runner hold the limits of %o', async (env, limits) => {
    const { meta } = execOf(compileClosure(await single(env), OPTIONS), 'build x');
    expect(planIn(meta.env)).toContain(`llblens_checks='${limits}'`);
  });

  const elsewhere = `/nix/store/${'a'.repeat(32)}-x`;
  it.each([
    [{ exportReferencesGraph: 'g' }, "odd number of tokens in 'exportReferencesGraph': 'g'"],
    [{ exportReferencesGraph: 'g /etc' }, "path '/etc' is not in the Nix store"],
    [
      { exportReferencesGraph: `g ${elsewhere}` },
      `cannot export references of path '${elsewhere}' because it is not in the input closure of the derivation`,
    ],
    [
      { __impureHostDeps: '/etc/hosts' },
      /requested impure path '\/etc\/hosts', but it was not in allowed-impure-host-deps$/,
    ],
  ])('refuses what Nix refuses: %o', async (env, message) => {
    const { buildable, problems } = compileClosure(await single(env), OPTIONS);
    expect(buildable).toBe(false);
    expect(problems.map((each) => each.message)).toEqual([
      typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    ]);
  });

  it('lets no pure derivation depend on an impure one', async () => {
    const impure = printDerivation({
      outputs: [{ name: 'out', path: '', hashAlgorithm: 'r:sha256', hash: 'impure' }],
      inputDrvs: [],
      inputSrcs: [],
      system: 'x86_64-linux',
      builder: '/bin/sh',
      args: [],
      env: [],
    });
    const input = `/nix/store/${'b'.repeat(32)}-clock.drv`;
    const given = await single({}, { inputDrvs: [{ path: input, outputs: ['out'] }] });
    const [user] = [...given.derivations.values()];
    const closure = await loadClosure([user ?? { path: '', bytes: impure }], {
      readDerivation: () => Promise.resolve(impure),
      sourceReferences: () => Promise.resolve([]),
    });
    const { problems } = compileClosure(closure, OPTIONS);
    expect(problems.map((each) => each.message)).toContainEqual(
      expect.stringMatching(
        /^pure derivation '.*-x\.drv' depends on impure derivation '.*-clock\.drv'$/,
      ),
    );
  });

  it('builds for 32 bits on a machine of 64', async () => {
    const closure = await single({}, { system: 'i686-linux' });
    const compiled = compileClosure(closure, OPTIONS);
    expect(compiled.buildable).toBe(true);
    expect(planIn(execOf(compiled, 'build x').meta.env)).toContain('linux32');
  });

  it('downloads for builtin:fetchurl without a network of its own', async () => {
    const url = 'http://127.0.0.1:1/x';
    const closure = await single(
      { url },
      { builder: 'builtin:fetchurl', system: 'builtin', outputs: [FIXED] },
    );
    const compiled = compileClosure(closure, OPTIONS);
    const source = compiled.definition?.ops.find(
      ({ op }) => op.op.kind === 'source' && op.op.identifier === url,
    );
    expect(source).toBeDefined();
    expect(execOf(compiled, 'build x').network).toBe('none');
  });

  it('draws nothing for a file that cannot be read', async () => {
    const closure = await loadClosure([{ path: '/nix/store/x.drv', bytes: bytesOf('Derive(') }], {
      readDerivation: () => Promise.resolve(undefined),
      sourceReferences: () => Promise.resolve([]),
    });
    const compiled = compileClosure(closure, OPTIONS);
    expect(compiled.definition).toBeUndefined();
    expect(compiled).toMatchObject({ buildable: false, problems: [{ code: 'syntax' }] });
  });
});

describe('loadClosure', () => {
  it('ends at a cycle and names it', async () => {
    const name = (letter: string) => `/nix/store/${letter.repeat(32)}-${letter}.drv`;
    const text = (input: string) =>
      bytesOf(`Derive([("out","","","")],[("${name(input)}",["out"])],[],"s","b",[],[])`);
    const closure = await loadClosure([{ path: name('a'), bytes: text('b') }], {
      readDerivation: () => Promise.resolve(text('a')),
      sourceReferences: () => Promise.resolve([]),
    });
    expect([...closure.cyclic].sort()).toEqual([name('a'), name('b')]);
    expect(compileClosure(closure, OPTIONS).definition).toBeUndefined();
  });

  it('stops when it is cancelled', async () => {
    const abort = new AbortController();
    const bytes = bytesOf(
      `Derive([("out","","","")],[("/nix/store/${'a'.repeat(32)}-a.drv",["out"])],[],"s","b",[],[])`,
    );
    const loading = loadClosure(
      [{ path: '/nix/store/x.drv', bytes }],
      {
        readDerivation: () => {
          abort.abort(new Error('enough'));
          return Promise.resolve(bytes);
        },
        sourceReferences: () => Promise.resolve([]),
      },
      { signal: abort.signal },
    );
    await expect(loading).rejects.toThrow('enough');
  });
});

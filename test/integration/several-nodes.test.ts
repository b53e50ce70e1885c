/** One builder of buildx with two nodes: a build for two platforms, here and by buildx. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RunEnd, runBuild } from '../../extension/engine/job/run-build';
import { isRecord } from '../../extension/engine/profile/decode';
import { Registry } from '../../proto/client/registry/registry';
import { EndEvent, GraphEvent, type LaunchAttributes } from '../../proto/messages/debug-adapter';
import { buildkits, daemons, environmentFor, requireBuildkit } from '../env/context';
import { bundleAdapter } from './adapter-bundle';
import { DapClient, Refused } from './dap-client';
import { startRelay, type Relay } from './relay';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'llb-lens-nodes-'));
const buildkit = requireBuildkit('containerd');
const env: NodeJS.ProcessEnv = {
  ...environmentFor(buildkit),
  BUILDX_CONFIG: join(folder, 'buildx'),
  SOURCE_DATE_EPOCH: '1000000000',
};
const registry = new URL(daemons()?.registry ?? 'http://none').host;
const context = join(folder, 'context');
let relay: Relay;

beforeAll(async () => {
  mkdirSync(context);
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /made-for\n',
  );
  for (const architecture of ['amd64', 'arm64', 's390x']) {
    writeFileSync(join(context, architecture), architecture);
  }
  // One daemon under two addresses pushes; its neighbour has the classic store, which does not.
  relay = await startRelay((buildkit.buildkitHost ?? '').replace('unix://', ''));
  const other = buildkits().find(({ store }) => store === 'graph') ?? buildkit;
  await Promise.all([
    createBuilder('pushing', `unix://${relay.path}`),
    createBuilder('apart', other.buildkitHost ?? ''),
  ]);
});
afterAll(() => {
  relay.cut();
  rmSync(folder, { recursive: true, force: true });
});

async function createBuilder(name: string, second: string): Promise<void> {
  const create = ['buildx', 'create', '--driver', 'remote', '--name', name];
  await run('docker', [...create, '--platform', 'linux/amd64', buildkit.buildkitHost ?? ''], {
    env,
  });
  const more = ['--append', '--node', `${name}-second`, '--platform', 'linux/arm64,linux/s390x'];
  await run('docker', [...create, ...more, second], { env });
}

async function build(profile: LaunchAttributes): Promise<{ end: RunEnd; said: string }> {
  let said = '';
  const end = await runBuild({
    profile: { context, ...profile },
    cwd: folder,
    env,
    events: { output: (text) => (said += text) },
  });
  return { end, said };
}

test('each node builds its platforms, and files of all come into one folder', async () => {
  const { end, said } = await build({
    builder: 'apart',
    platforms: ['linux/amd64', 'linux/arm64', 'linux/s390x'],
    outputs: [join(folder, 'out')],
  });
  expect({ outcome: end.outcome, message: end.message }).toEqual({ outcome: 'succeeded' });
  expect(said).toContain('linux/arm64, linux/s390x on node apart-second');
  const made = readdirSync(join(folder, 'out')).map((platform) => [
    platform,
    readFileSync(join(folder, 'out', platform, 'made-for'), 'utf8'),
  ]);
  expect(Object.fromEntries(made)).toEqual({
    linux_amd64: 'amd64',
    linux_arm64: 'arm64',
    linux_s390x: 's390x',
  });
});

const annotation = 'index:org.example.note=a <b> & c';

test('what the nodes push becomes one image, equal to that of buildx', async () => {
  const tag = (by: string) => `${registry}/llb-lens/nodes:${by}-${Date.now()}`;
  const [own, second, theirs] = [tag('own'), tag('second'), tag('buildx')];
  const { end } = await build({
    builder: 'pushing',
    platforms: ['linux/amd64', 'linux/arm64'],
    tags: [own, second],
    buildArgs: { SOURCE_DATE_EPOCH: '1000000000' },
    outputs: ['type=image,push=true,rewrite-timestamp=true'],
    attests: ['type=provenance,disabled=true'],
    annotations: [annotation],
  });
  expect({ outcome: end.outcome, message: end.message }).toEqual({ outcome: 'succeeded' });
  // buildx calls both nodes' builds the same, which one daemon refuses: it joins what it built apart.
  const parts = ['amd64', 'arm64'].map((one) => ({ one, name: `${theirs}-${one}` }));
  await Promise.all(
    parts.map(({ one, name }) => {
      const output = `type=image,name=${name},push=true,oci-mediatypes=true,rewrite-timestamp=true`;
      const what = ['--platform', `linux/${one}`, '--provenance=false', '-o', output];
      return run('docker', ['buildx', 'build', '--builder', 'pushing', ...what, context], { env });
    }),
  );
  const merge = ['imagetools', 'create', '--builder', 'pushing', '--annotation', annotation];
  await run('docker', ['buildx', ...merge, '-t', theirs, ...parts.map(({ name }) => name)], {
    env,
  });
  const names = new Registry({ env: {}, logins: false });
  const stored = await Promise.all(
    [own, second, theirs].map(async (name) => {
      const [, reference = ''] = /:([^:/]*)$/.exec(name) ?? [];
      const at = { domain: registry, path: 'llb-lens/nodes' };
      return (await names.manifest(at, reference)).bytes.toString('utf8');
    }),
  );
  expect(stored[0]).toBe(stored[2]);
  expect(stored[1]).toBe(stored[2]);
  const digest = end.exported.get('containerimage.digest') ?? '';
  const whole = await names.manifest({ domain: registry, path: 'llb-lens/nodes' }, digest);
  expect(whole.bytes.toString('utf8')).toBe(stored[2]);
});

test('a failure on one node ends the build on all', async () => {
  writeFileSync(join(context, 'failing'), 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH-x /\n');
  writeFileSync(join(context, 'amd64-x'), '');
  const { end } = await build({
    builder: 'apart',
    file: join(context, 'failing'),
    platforms: ['linux/amd64', 'linux/arm64'],
    outputs: [join(folder, 'never')],
  });
  expect(end).toMatchObject({ outcome: 'failed', place: { line: 3 } });
});

test.each(['type=oci,dest=x.tar', 'type=tar,dest=x.tar', 'type=docker'])(
  'one output of %s is refused',
  async (output) => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    await expect(build({ builder: 'apart', platforms, outputs: [output] })).rejects.toThrow(
      /Several nodes cannot make one output/,
    );
  },
);

describe('the debug adapter', () => {
  let client: DapClient;
  afterEach(() => client.kill());

  const start = async (attributes: LaunchAttributes) => {
    const { argv } = await bundleAdapter();
    client = new DapClient(argv, env, folder);
    const platforms = ['linux/amd64', 'linux/arm64'];
    return client.launch({ builder: 'apart', context, platforms, ...attributes });
  };
  const graphs = () =>
    client.events.flatMap(({ event, body }) => (event === GraphEvent ? [body] : []));

  test('runs a build on all nodes, and tells one graph with all platforms', async () => {
    await start({ noDebug: true, outputs: [join(folder, 'run')] });
    await expect(client.event('exited')).resolves.toEqual({ exitCode: 0 });
    expect(readdirSync(join(folder, 'run')).toSorted()).toEqual(['linux_amd64', 'linux_arm64']);
    const [first, last] = [graphs()[0], graphs().at(-1)];
    expect(last).toMatchObject({ buildId: first?.['buildId'] });
    const platforms = platformsOf(last?.['graph']);
    expect(platforms.toSorted()).toEqual(['linux/amd64', 'linux/arm64']);
    // The launch is answered once every node has its definition, as it is on one node.
    const told = client.said.map(({ message }) => message['event'] ?? message['command']);
    expect(told.lastIndexOf(GraphEvent)).toBeLessThan(told.lastIndexOf('launch'));
    expect(await client.event(EndEvent)).toMatchObject({
      buildId: first?.['buildId'],
      outcome: 'succeeded',
    });
    expect(client.printed.stdout).toContain('linux/arm64 on node apart-second');
  });

  test('tells the failure on one node at its line, and ends the other’s build', async () => {
    writeFileSync(join(context, 'late'), 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH-y /\n');
    writeFileSync(join(context, 'amd64-y'), '');
    await start({ noDebug: true, file: join(context, 'late'), outputs: [join(folder, 'never')] });
    await expect(client.event('exited')).resolves.toEqual({ exitCode: 1 });
    const told = client.events.find(
      ({ event, body }) => event === 'output' && body['category'] === 'stderr',
    );
    expect(told?.body).toMatchObject({ source: { path: join(context, 'late') }, line: 3 });
    expect(await client.event(EndEvent)).toMatchObject({ outcome: 'failed' });
  });

  test('refuses a launch that no node can define', async () => {
    const file = join(context, 'unknown');
    writeFileSync(file, 'FROM nosuchimage\nCOPY amd64 /\n');
    const refusal = await start({ noDebug: true, file, outputs: [join(folder, 'never')] }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(Refused);
    expect(String(refusal)).toContain('nosuchimage');
  });

  test('debugs on one node only, and says what to do', async () => {
    const refusal = await start({}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refused);
    expect(String(refusal)).toMatch(
      /linux\/amd64 on apart0?, linux\/arm64 on apart-second.*platforms of one node/s,
    );
  });
});

function platformsOf(graph: unknown): string[] {
  const nodes = isRecord(graph) && Array.isArray(graph['nodes']) ? graph['nodes'] : [];
  const found = nodes.flatMap((node: unknown) =>
    isRecord(node) && typeof node['platform'] === 'string' ? [node['platform']] : [],
  );
  return [...new Set(found)];
}

/** The frontend's image, made by BuildKit, pushed to a registry, and used by Docker's own client. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../extension/engine/profile/decode';
import { daemons, environmentFor, requireBuildkit } from '../env/context';
import { DapClient, type Message } from './dap-client';
import { violations } from './dap-types';
import { recordOf } from './debug-sessions/record';
import { writeMadeUpClosure } from './made-up-closure';
import { runCli } from './run-cli';

const ROOT = resolve(import.meta.dirname, '../..');
const FIXTURE = join(ROOT, 'test/fixtures/derivation');
const named = (name: string): string =>
  readdirSync(FIXTURE).find((file) => file.endsWith(`-${name}.drv`)) ?? '';
const registry = daemons()?.registry?.replace(/^http:\/\//, '') ?? '';
const image = `${registry}/llb-lens/nix:frontend-test`;

/** The innermost frame of a thread. */
async function top(client: DapClient, threadId: unknown): Promise<Message> {
  const { stackFrames } = await client.request('stackTrace', { threadId, levels: 1 });
  const frame: unknown = Array.isArray(stackFrames) ? stackFrames[0] : undefined;
  if (!isRecord(frame)) throw new Error('no frame');
  return frame;
}

describe.skipIf(registry === '')('the frontend image', () => {
  let folder = '';

  const env = () => environmentFor(requireBuildkit('containerd'));
  const docker = (args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('docker', args, {
      env: env(),
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-frontend-'));
    // No image with Node can be had here, so this machine's stands in for its root.
    const node = await realpath(process.execPath);
    const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    for (const [from, to] of [
      [node, '/usr/local/bin/node'] as const,
      ...libraries.map((path) => [path, path] as const),
    ]) {
      await mkdir(dirname(join(folder, 'node', to)), { recursive: true });
      await copyFile(from, join(folder, 'node', to));
      await chmod(join(folder, 'node', to), 0o755);
    }
    await cp(FIXTURE, join(folder, 'context/store'), { recursive: true });
    await writeFile(
      join(folder, 'context/card.installables'),
      `# syntax=${image}\n{\n  "installables": ["${named('card')}", "${named('greeting')}"],\n` +
        '  "store": "store", // beside this file\n  "config": { "Env": ["A=b"] }\n}\n',
    );
    const made = await runCli(
      [
        ...['build', '-f', join(ROOT, 'extension/build/frontend.Dockerfile')],
        ...['--build-context', `node:20-alpine=${join(folder, 'node')}`],
        ...['-o', `type=image,name=${image},push=true,compression=uncompressed`],
        join(ROOT, 'dist'),
      ],
      { env: env(), cwd: folder },
    );
    expect(made).toMatchObject({ code: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has docker build make an image of what a file lists', () => {
    const out = join(folder, 'out');
    const args = ['-f', 'context/card.installables', '-o', `type=local,dest=${out}`, 'context'];
    expect(docker(['build', ...args])).toMatchObject({ status: 0 });
    const store = readdirSync(join(out, 'nix/store')).map((name) => name.slice(33));
    expect(store.sort()).toEqual(['card', 'greeting', 'letters']);
  });

  it('has docker build build one of them, and list them', () => {
    const file = ['-f', 'context/card.installables', 'context'];
    const listed = docker(['build', '--call=targets,format=json', ...file]);
    expect(listed.stdout).toContain(named('card'));
    const outlined = docker(['build', '--call=outline,format=json', ...file]);
    const outline: unknown = JSON.parse(outlined.stdout);
    expect(outline).toMatchObject({
      name: 'card.installables',
      description: `an image of ${named('card')}, ${named('greeting')}`,
    });
    expect(docker(['build', '--call=outline', ...file]).stdout).toContain('card.installables');
    const one = ['build', '--target', named('greeting'), '-t', 'llb-lens/greeting:frontend-test'];
    expect(docker([...one, ...file])).toMatchObject({ status: 0 });
    const config = docker(['image', 'inspect', '-f', '{{json .Config.Env}}', one.at(-1) ?? '']);
    expect(config.stdout).toContain('A=b');
  });

  it('builds derivations themselves, and says which one fails', async () => {
    const syntax = ['build', '--build-arg', `BUILDKIT_SYNTAX=${image}`];
    const out = join(folder, 'drv');
    const made = docker([
      ...[...syntax, '-o', `type=local,dest=${out}`],
      ...['-f', `context/store/${named('greeting')}`, 'context/store'],
    ]);
    expect(made).toMatchObject({ status: 0 });
    const [name = ''] = readdirSync(join(out, 'nix/store'));
    expect(await readFile(join(out, 'nix/store', name), 'utf8')).not.toBe('');
    const failed = docker([
      ...syntax,
      ...['-f', `context/store/${named('broken')}`, 'context/store'],
    ]);
    expect(failed.status).not.toBe(0);
    expect(failed.stderr).toContain(named('broken'));
    expect(failed.stderr).toContain('exit code: 3');
  });

  it('builds closures whose definition is larger than any message may be', async () => {
    const seed = randomUUID().slice(0, 8);
    const store = join(folder, seed);
    const large = { shape: 'wide', count: 5, padding: 4_000_000, seed } as const;
    const { root } = await writeMadeUpClosure(store, large);
    const out = join(folder, `${seed}-out`);
    const made = docker([
      ...['build', '--build-arg', `BUILDKIT_SYNTAX=${image}`, '-o', `type=local,dest=${out}`],
      ...['-f', join(seed, basename(root)), seed],
    ]);
    expect(made).toMatchObject({ status: 0 });
    expect(readdirSync(join(out, 'nix/store')).map((name) => name.slice(33))).toEqual([
      `${seed}-wide-root`,
    ]);
  });

  it('can be debugged through: its steps are those that the frontend made', async () => {
    const file = join(folder, 'context/steps.installables');
    const document = { installables: [named('card')], store: 'store' };
    await writeFile(file, `# syntax=${image}\n${JSON.stringify(document)}\n`);
    const adapter = [process.execPath, join(ROOT, 'dist/debug-adapter.js')];
    const client = new DapClient(adapter, env(), folder);
    try {
      await client.launch({ file, stopOnEntry: true });
      const { threadId } = await client.event('stopped');
      const { id: frameId, name, source } = await top(client, threadId);
      expect(name).toBe('build letters');
      const sourceReference = isRecord(source) ? source['sourceReference'] : undefined;
      await client.request('source', { source, sourceReference });
      await client.request('scopes', { frameId });
      await client.request('evaluate', { expression: '$name', context: 'watch', frameId });
      await client.request('next', { threadId });
      await client.event('stopped', 2);
      await top(client, threadId);
      await client.request('next', { threadId });
      await client.event('stopped', 3);
      await top(client, threadId);
      await client.request('continue', { threadId });
      await client.event('terminated');
      const names = { [folder]: '/FOLDER', [registry]: 'REGISTRY' };
      const record = recordOf(client, names);
      await expect(record).toMatchFileSnapshot('__transcripts__/debug/a-custom-frontend.txt');
      expect(violations(client.said.map(({ message }) => message))).toEqual([]);
    } finally {
      await client.disconnect();
    }
  });

  it('says what is wrong with a file', async () => {
    await writeFile(
      join(folder, 'context/wrong.installables'),
      `# syntax=${image}\n{ "installables": "card" }\n`,
    );
    const failed = docker(['build', '-f', 'context/wrong.installables', 'context']);
    expect(failed.stderr).toContain('wrong.installables: "installables" must be a list');
  });
});

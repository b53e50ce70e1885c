/** How debug sessions end, well or badly: nothing may be left running, and every refusal must help. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRecord } from '../../extension/engine/profile/decode';
import { type BuildkitDescription, buildkits, environmentFor } from '../env/context';
import { activeBuilds } from './active-builds';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';
import { DapClient, type Message } from './dap-client';
import { startRelay } from './relay';

let bundle: AdapterBundle;
beforeAll(async () => {
  bundle = await bundleAdapter();
});
afterAll(() => bundle.remove());

let folder: string;
let file: string;
const clients: DapClient[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-ends-'));
  file = join(folder, 'Dockerfile');
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.kill();
  await rm(folder, { recursive: true, force: true });
});

/** @param prefix a program, with its arguments, that starts the adapter */
function start(env: NodeJS.ProcessEnv, prefix: readonly string[] = []): DapClient {
  const client = new DapClient([...prefix, ...bundle.argv], env, folder);
  clients.push(client);
  return client;
}

/** A step that would run for a minute, different each time so that no cache has it. */
const slow = () => `FROM alpine\nRUN echo ${Date.now()}${Math.random()} && sleep 60\n`;

const socketPath = (buildkit: BuildkitDescription) =>
  (buildkit.buildkitHost ?? buildkit.address).replace(/^unix:\/\//, '');
const scheme = (buildkit: BuildkitDescription) =>
  buildkit.buildkitHost === undefined && buildkit.kind === 'docker' ? 'docker+unix' : 'unix';

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'a session on $name',
  ({ buildkit }) => {
    const env = environmentFor(buildkit);

    const active = () => activeBuilds(buildkit.buildkitHost ?? buildkit.address);

    async function buildId(client: DapClient): Promise<string> {
      return String((await client.event('llb.graph'))['buildId']);
    }

    /** Waits until the slow step really runs. */
    async function running(client: DapClient): Promise<string> {
      const id = await buildId(client);
      await expect.poll(() => client.printed.stdout, { timeout: 30_000 }).toContain('RUN echo');
      expect(await active()).toContain(id);
      return id;
    }

    test('runs to the end without stops', async () => {
      await writeFile(file, `FROM alpine\nRUN echo ${Date.now()}\nCOPY Dockerfile /\n`);
      const client = start(env);
      await client.launch({ file, noDebug: true }, { breakpoints: { [file]: [2] } });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
      expect(await client.event('exited')).toEqual({ exitCode: 0 });
      await client.event('terminated');
      expect(client.events.filter((one) => one.event === 'stopped')).toEqual([]);
      await client.disconnect();
    });

    test('tells at its end what BuildKit has warned of', async () => {
      await writeFile(file, 'FROM scratch as a\nCOPY Dockerfile /\n');
      const client = start(env);
      await client.launch({ file, noDebug: true });
      const { warnings } = await client.event('llb.end');
      const text: unknown = expect.stringMatching(/^FromAsCasing: /);
      expect(warnings).toMatchObject([{ text, filename: 'Dockerfile', lines: [1] }]);
      await client.disconnect();
    });

    test('runs a failing build to its error', async () => {
      await writeFile(file, `FROM alpine\nRUN echo ${Date.now()}; exit 9\n`);
      const client = start(env);
      await client.launch({ file, noDebug: true });
      expect(await client.event('llb.end')).toMatchObject({
        outcome: 'failed',
        message: expect.stringContaining('exit code: 9') as unknown,
      });
      expect(await client.event('exited')).toEqual({ exitCode: 1 });
      expect(client.printed.stderr).toContain('exit code: 9');
      await client.disconnect();
    });

    test.each(['disconnect', 'terminate'])('leaves no build running after %s', async (command) => {
      await writeFile(file, slow());
      const client = start(env);
      await client.launch({ file });
      const id = await running(client);
      await client.request(command);
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'cancelled' });
      await expect.poll(active, { timeout: 5_000 }).not.toContain(id);
      await client.disconnect();
      expect(await client.exited).toBe(0);
    });

    test('leaves no build running when the client dies', async () => {
      await writeFile(file, slow());
      const client = start(env);
      await client.launch({ file });
      const id = await running(client);
      client.kill();
      await client.exited;
      await expect.poll(active, { timeout: 10_000 }).not.toContain(id);
    });

    test('leaves nothing behind when the adapter is told to stop', async () => {
      await writeFile(file, `FROM alpine\nRUN echo ${Date.now()}; exit 1\n`);
      const temporary = join(folder, 'tmp');
      await mkdir(temporary);
      const client = start({ ...env, TMPDIR: temporary });
      await client.launch({ file });
      await client.event('stopped');
      const id = await buildId(client);
      await client.request('llb/shell');
      expect(await readdir(temporary)).toHaveLength(1);
      process.kill(client.pid ?? 0, 'SIGTERM');
      expect(await client.exited).toBe(0);
      expect(await readdir(temporary)).toEqual([]);
      await expect.poll(active, { timeout: 5_000 }).not.toContain(id);
    });

    // A cut at the wrong moment costs BuildKit the result that the next step begins on.
    test('can be paused at every step: it stops behind the one that runs, also the last', async () => {
      const step = (line: number, seconds: number) =>
        `RUN echo step ${line}, ${Math.random()} && sleep ${seconds}\n`;
      const quick = [4, 5, 6].map((line) => step(line, 0.3)).join('');
      await writeFile(file, `FROM alpine\n${step(2, 1)}ENV A=1\n${quick}${step(7, 1)}`);
      const client = start(env);
      /** Pauses once a step of these lines or below has said something; where it then stands. */
      const pausedBehind = async (line: number, stop: number) => {
        const said = new RegExp(`^(#\\d+ )?([\\d.]+ )?step [${line}-7],`, 'm');
        await expect.poll(() => client.printed.stdout, { timeout: 30_000 }).toMatch(said);
        await client.request('pause', { threadId: 1 });
        const { reason, description } = await client.event('stopped', stop);
        expect(reason).toBe('pause');
        const { stackFrames } = await client.request('stackTrace', { threadId: 1, levels: 1 });
        const [frame] = Array.isArray(stackFrames) ? stackFrames.filter(isRecord) : [];
        await client.request('continue');
        return { line: Number(frame?.['line']), description };
      };
      await client.launch({ file });
      let stood = await pausedBehind(2, 1);
      expect(stood.line).toBe(3);
      for (let stop = 2; stood.description === undefined; stop++) {
        const next = await pausedBehind(stood.line, stop);
        expect(next.line).toBeGreaterThan(stood.line - (stood.line === 7 ? 1 : 0));
        stood = next;
      }
      expect(stood).toMatchObject({
        line: 7,
        description: expect.stringMatching(/^After RUN/) as unknown,
      });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
      await client.disconnect();
    });

    test('goes on with the step that runs when an edit leaves it alone', async () => {
      const text = `FROM alpine\nRUN echo begun ${Math.random()} && sleep 1\nRUN false\n`;
      await writeFile(file, text);
      const client = start(env);
      await client.launch({ file });
      const begun = () => client.printed.stdout.match(/^(#\d+ )?([\d.]+ )?begun/gm) ?? [];
      await expect.poll(begun, { timeout: 30_000 }).toHaveLength(1);
      await client.request('llb/source', {
        path: file,
        text: text.replace('false', 'true'),
        version: 2,
      });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
      expect(begun()).toHaveLength(1);
      await client.disconnect();
    });

    const brokeOff = {
      outcome: 'failed',
      message: expect.stringMatching(/connection to BuildKit broke off.*still running/) as unknown,
    };

    test('says that BuildKit went away in the middle', async () => {
      await writeFile(file, slow());
      const relay = await startRelay(socketPath(buildkit));
      const client = start(env);
      await client.launch({ file, builder: `${scheme(buildkit)}://${relay.path}` });
      await expect.poll(() => client.printed.stdout, { timeout: 30_000 }).toContain('RUN echo');
      relay.cut();
      expect(await client.event('llb.end')).toMatchObject(brokeOff);
      await client.event('terminated');
      await client.disconnect();
    });

    test('says that BuildKit went away while it stood still, and leaves nothing', async () => {
      await writeFile(file, 'FROM alpine\nRUN true\nRUN false\n');
      const temporary = join(folder, 'tmp');
      await mkdir(temporary);
      const relay = await startRelay(socketPath(buildkit));
      const client = start({ ...env, TMPDIR: temporary });
      const builder = `${scheme(buildkit)}://${relay.path}`;
      await client.launch({ file, builder }, { breakpoints: { [file]: [2] } });
      await client.event('stopped');
      // A container and the offer of a shell are open.
      await client.request('evaluate', { expression: 'echo here', context: 'repl' });
      await client.request('llb/shell');
      relay.cut();
      expect(await client.event('llb.end')).toMatchObject(brokeOff);
      await client.event('terminated');
      expect(client.printed.stderr.match(/broke off/g)).toHaveLength(1);
      expect(await readdir(temporary)).toEqual([]);
      await client.disconnect();
      expect(await client.exited).toBe(0);
    });

    test.each<[string, string, Message, RegExp]>([
      ['a syntax error', 'FROM alpine\nRUM true\n', {}, /unknown instruction: RUM/],
      ['an unknown target', 'FROM alpine AS one\n', { target: 'two' }, /no stage "two".*one/],
      [
        'a missing secret',
        'FROM alpine\nRUN --mount=type=secret,id=key,required=true cat /run/secrets/key\n',
        {},
        /secret key: not found.*"secrets"/,
      ],
      [
        'a secret without its variable',
        'FROM alpine\n',
        { secrets: [{ id: 'k', env: 'NOT_SET_HERE' }] },
        /NOT_SET_HERE.*not set/,
      ],
      [
        'a secret without its file',
        'FROM alpine\n',
        { secrets: [{ id: 'k', file: 'none' }] },
        /secret "k" does not exist/,
      ],
      ['an unknown image', 'FROM no-such-image\n', {}, /no-such-image.*not found/],
      [
        'a malformed profile',
        'FROM alpine\n',
        { buildArgs: ['A=1'] },
        /"buildArgs" must be an object/,
      ],
      [
        'a context that is not there',
        'FROM alpine\n',
        { context: 'none' },
        /context does not exist.*"context"/,
      ],
      [
        'a context that is a file',
        'FROM alpine\n',
        { context: 'Dockerfile' },
        /context is not a folder/,
      ],
      ['a file that is not there', '', { file: 'Nothing' }, /Dockerfile does not exist.*"file"/],
      ['a copy of nothing', 'FROM alpine\nCOPY none /\n', {}, /none.*not found/],
    ])('explains %s', async (_, text, rest, expected) => {
      await writeFile(file, text);
      const client = start(env);
      const failure = await client
        .launch({ file, noDebug: true, ...rest })
        .then(async () => String((await client.event('llb.end'))['message']))
        .catch((error: unknown) => (error instanceof Error ? error.message : ''));
      expect(failure).toMatch(expected);
      await client.disconnect();
      expect(await client.exited).toBe(0);
    });

    test.skipIf(process.getuid?.() !== 0)('explains a folder that may not be read', async () => {
      await writeFile(file, 'FROM alpine\nCOPY . /\n');
      await mkdir(join(folder, 'private'), { mode: 0o700 });
      const relay = await startRelay(socketPath(buildkit));
      // The adapter as a user who may neither read the folder nor use the real socket.
      for (const path of [bundle.folder, folder, dirname(relay.path)]) await chmod(path, 0o755);
      await chmod(relay.path, 0o777);
      const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
      const client = start({ ...env, HOME: '/nonexistent' }, nobody);
      await client.launch({ file, noDebug: true, builder: `${scheme(buildkit)}://${relay.path}` });
      const { message } = await client.event('llb.end');
      expect(message).toMatch(/permission denied.*private.*\.dockerignore/);
      await client.disconnect();
      relay.cut();
    });

    test('shows the line of a syntax error', async () => {
      await writeFile(file, 'FROM alpine\n\nRUM true\n');
      const client = start(env);
      await expect(client.launch({ file })).rejects.toThrow('unknown instruction');
      const errors = client.events.filter(
        (one) => one.event === 'output' && one.body['category'] === 'stderr',
      );
      expect(errors[0]?.body).toMatchObject({ source: { path: file }, line: 3 });
      await client.disconnect();
    });

    test('builds text that is not saved', async () => {
      await writeFile(file, 'FROM alpine\nRUN exit 1\n');
      const client = start(env);
      await client.request('llb/source', {
        path: file,
        text: `FROM alpine\nRUN echo unsaved-${Date.now()}\n`,
        version: 7,
      });
      await client.launch({ file });
      expect(await client.event('llb.graph')).toMatchObject({ source: { path: file, version: 7 } });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'succeeded' });
      expect(client.printed.stdout).toContain('unsaved-');
      await client.disconnect();
    });

    test('hands out the log of a vertex piece by piece', async () => {
      await writeFile(file, `FROM alpine\nRUN echo one; echo ${Date.now()}\n`);
      const client = start(env);
      await client.launch({ file });
      await client.event('llb.end');
      const { graph } = await client.event('llb.graph');
      const nodes: unknown = isRecord(graph) ? graph['nodes'] : undefined;
      const run: unknown = Array.isArray(nodes)
        ? nodes.find((node: unknown) => isRecord(node) && String(node['name']).startsWith('RUN'))
        : undefined;
      const digest = isRecord(run) ? run['digest'] : undefined;
      const first = await client.request('llb/log', { digest, from: 0 });
      expect(first['text']).toMatch(/^one\n\d+\n$/);
      expect(await client.request('llb/log', { digest, from: first['next'] })).toEqual({
        text: '',
        next: first['next'],
      });
      await client.disconnect();
    });
  },
);

describe('without BuildKit, launch says what to do', () => {
  test.each([
    ['a socket that is not there', 'unix:///no/such/socket', /unix:\/\/\/no\/such\/socket/],
    ['an address that is none', 'gopher://x', /gopher/],
  ])('%s', async (_, builder, expected) => {
    await writeFile(file, 'FROM alpine\n');
    const client = start(process.env);
    await expect(client.launch({ file, builder })).rejects.toThrow(expected);
    await client.disconnect();
  });
});

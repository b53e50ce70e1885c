/**
 * What the debugger can do, each as a recorded session with a real BuildKit: the client's requests,
 * the adapter's answers, and what it says unasked. All sessions share one adapter, over TCP, and one
 * project, whose steps the cache keeps. Every message is held to DAP's own types.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { daemons, environmentFor, requireBuildkit } from '../env/context';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';
import { DapClient } from './dap-client';
import { violations } from './dap-types';
import { makeProject } from './debug-sessions/project';
import { recordOf } from './debug-sessions/record';
import { type Project, Script, type Surroundings } from './debug-sessions/session-script';
import { sessions } from './debug-sessions/sessions';
import { startTcpRelay } from './relay';

let bundle: AdapterBundle;
let project: Project;
let adapter: ChildProcess;
let port: number;
let surroundings: Surroundings;
let cutRemote: () => void;
let agent: Server;

beforeAll(async () => {
  const busybox = join(daemons()?.root ?? '/', 'usr/bin/busybox');
  [bundle, project] = await Promise.all([bundleAdapter(), makeProject(busybox)]);
  const [program = '', ...args] = bundle.argv;
  const buildkit = requireBuildkit();
  const env = {
    ...environmentFor(buildkit),
    BUILDX_CONFIG: project.buildx,
    PROJECT_TOKEN: 'a token',
  };
  // Nobody asks it for anything: that its socket is there is what counts.
  agent = createServer().listen(project.socket);
  const socket = (buildkit.buildkitHost ?? buildkit.address).replace(/^unix:\/\//, '');
  const { address, cut } = await startTcpRelay(socket);
  surroundings = { env, remote: address };
  cutRemote = cut;
  adapter = spawn(program, [...args, '--port', '0'], {
    env,
    cwd: project.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  port = await new Promise((resolve, reject) => {
    adapter.stderr?.on('data', (piece: Buffer) => {
      const found = /listening on 127\.0\.0\.1:(\d+)/.exec(piece.toString())?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    adapter.once('exit', () => reject(new Error('the adapter did not start')));
  });
});

afterAll(async () => {
  adapter.kill();
  cutRemote();
  agent.close();
  await bundle.remove();
  await rm(project.folder, { recursive: true, force: true });
});

function newClient(): DapClient {
  return new DapClient(connect(port, '127.0.0.1'), {}, project.folder);
}

describe.each(sessions)('a session: $name', ({ name, run, prepare }) => {
  test('goes as recorded, in words that DAP knows', async () => {
    if (prepare !== undefined) {
      const before = newClient();
      await prepare(new Script(before, project, surroundings));
      await before.disconnect();
    }
    const client = newClient();
    try {
      await run(new Script(client, project, surroundings));
      const names = {
        [project.folder]: '/FOLDER',
        [bundle.folder]: '/DIST',
        [process.execPath]: 'NODE',
        [surroundings.remote]: 'tcp://REMOTE',
      };
      await expect(recordOf(client, names)).toMatchFileSnapshot(
        `__transcripts__/debug/${name}.txt`,
      );
      expect(violations(client.said.map(({ message }) => message))).toEqual([]);
    } finally {
      await client.disconnect();
    }
  });
});

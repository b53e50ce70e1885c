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
import { DapClient, type Message } from './dap-client';
import { violations } from './dap-types';
import { makeProject } from './debug-sessions/project';
import { type Project, Script, type Surroundings } from './debug-sessions/session-script';
import { sessions } from './debug-sessions/sessions';
import { startTcpRelay } from './relay';
import { transcript } from './transcript';

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

/** The same in every session, and told by one of them. */
const told = new Set(['initialize', 'configurationDone']);

function isTold(message: Message): boolean {
  return !told.has(String(message['command'])) && message['event'] !== 'llb.graph';
}

/** Whether other stages have come to their end yet is theirs to say, and differs from run to run. */
function steady(text: string): string {
  return stopsInOrder(outputsJoined(text))
    .replaceAll(/"history":"\w{25,32}"/g, '"history":"BUILD"')
    .replaceAll(/"STAMP":"\d{13}"/g, '"STAMP":"NOW"')
    .replaceAll(/echo \\"\d{13}\\"/g, 'echo \\"NOW\\"')
    .replaceAll(/"allThreads(Stopped|Continued)":(?:true|false)/g, '"allThreads$1":"…"')
    .replaceAll(/; \d+ finished steps? kept/g, '; N finished steps kept')
    .replaceAll(/\b\w{25}::\w{25}\b/g, 'REF');
}

/** Two threads that run side by side stop in any order. */
function stopsInOrder(text: string): string {
  return text.replaceAll(
    /(?:^ {2}\* stopped .*\n){2,}/gm,
    (stops) => `${stops.trimEnd().split('\n').sort().join('\n')}\n`,
  );
}

/** What a command prints comes in pieces as it likes; only the whole is recorded. */
function outputsJoined(text: string): string {
  const two =
    /^( {2}\* output \{"category":"console","output":"(?:[^"\\]|\\.)*)"\}\n {2}\* output \{"category":"console","output":"/gm;
  let whole = text;
  for (let before = ''; before !== whole;) {
    before = whole;
    whole = whole.replaceAll(two, '$1');
  }
  return whole;
}

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
      const text = steady(transcript(client, names, isTold));
      await expect(text).toMatchFileSnapshot(`__transcripts__/debug/${name}.txt`);
      expect(violations(client.said.map(({ message }) => message))).toEqual([]);
    } finally {
      await client.disconnect();
    }
  });
});

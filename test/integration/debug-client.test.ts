/**
 * One session driven by a client that is not ours: the Debug Adapter Protocol's own test client, on
 * the adapter's stdio and on its port, with the stops it asserts by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRecord } from '../../extension/engine/profile/decode';
import { buildkits, environmentFor } from '../env/context';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';

const [buildkit] = buildkits();

const dockerfile = `FROM alpine AS tools
ENV MODE=tools
RUN echo tool > /tool
FROM alpine
ENV MODE=main \\
    LEVEL=3
COPY --from=tools /tool /tool
RUN cat /tool
`;
const line = { env: 5, copy: 7 };

describe.skipIf(buildkit === undefined)('a client of another make', () => {
  const env = buildkit === undefined ? {} : environmentFor(buildkit);
  let bundle: AdapterBundle;
  let folder: string;
  let file: string;
  let client: DebugClient;
  let server: ChildProcess | undefined;

  beforeAll(async () => {
    bundle = await bundleAdapter();
  });
  afterAll(() => bundle.remove());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-client-'));
    file = join(folder, 'Dockerfile');
    await writeFile(file, dockerfile);
    client = new DebugClient(
      process.execPath,
      join(bundle.folder, 'debug-adapter.js'),
      'llb-lens',
      {
        env,
        cwd: folder,
      },
    );
    client.defaultTimeout = 60_000;
  });
  afterEach(async () => {
    await client.stop();
    server?.kill();
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function listeningAdapter(): Promise<number> {
    server = spawn(bundle.argv[0] ?? '', [...bundle.argv.slice(1), '--port', '0'], {
      env,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    for await (const piece of server.stderr ?? []) {
      said += String(piece);
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined) return Number(port);
    }
    throw new Error(`the adapter does not listen: ${said}`);
  }

  test.each([
    ['stdio', () => Promise.resolve(undefined)],
    ['a port', listeningAdapter],
  ])('debugs a build over %s', async (_way, port) => {
    await client.start(await port());
    await client.hitBreakpoint({ file }, { path: file, line: line.env });
    const { threads } = (await client.threadsRequest()).body;
    const thread = threads.find(({ name }) => name.includes('stage-1')) ?? threads.at(-1);
    const threadId = thread?.id ?? 0;

    const frame = async (): Promise<number> => {
      const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
      return stackFrames[0]?.id ?? 0;
    };
    const value = async (expression: string): Promise<string> =>
      (await client.evaluateRequest({ expression, context: 'watch', frameId: await frame() })).body
        .result;

    await Promise.all([
      client.nextRequest({ threadId }),
      client.assertStoppedLocation('step', { path: file, line: line.copy }),
    ]);
    expect(await value('$MODE')).toBe('main');
    const { scopes } = (await client.scopesRequest({ frameId: await frame() })).body;
    const environment = scopes.find(({ name }) => name === 'Environment');
    const { variablesReference = 0 } = environment ?? {};
    const { variables } = (await client.variablesRequest({ variablesReference })).body;
    expect(variables.map(({ name, value: text }) => [name, text])).toContainEqual(['LEVEL', '3']);

    // Into the stage that the step copies from, a thread of its own, and out to the step again.
    const [stopped] = await Promise.all([
      client.waitForEvent('stopped'),
      client.stepInRequest({ threadId }),
    ]);
    const body: unknown = stopped.body;
    const inside = isRecord(body) ? Number(body['threadId']) : threadId;
    expect(inside).not.toBe(threadId);
    await Promise.all([
      client.assertStoppedLocation('step', { path: file, line: line.copy }),
      client.stepOutRequest({ threadId: inside }),
    ]);
    await Promise.all([client.waitForEvent('terminated'), client.continueRequest({ threadId })]);
  });
});

import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Deframer, frame } from './framing';
import { type DebugAdapterServer, listenDebugAdapter } from './serve';

let server: DebugAdapterServer;
beforeEach(async () => {
  server = await listenDebugAdapter(0, { attachCommand: [], env: {}, cwd: '/' });
});
afterEach(() => server.close());

function client(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve(socket));
  });
}

/** Sends requests and collects as many messages as are wanted. */
async function ask(requests: readonly unknown[], wanted: number): Promise<unknown[]> {
  const socket = await client();
  const deframer = new Deframer();
  const messages: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('data', (piece: Buffer) => {
      for (const body of deframer.push(piece)) messages.push(JSON.parse(body));
      if (messages.length >= wanted) resolve();
    });
  });
  for (const request of requests) socket.write(frame(request));
  await done;
  socket.destroy();
  return messages;
}

const request = (command: string, args: unknown = {}) => ({
  seq: 1,
  type: 'request',
  command,
  arguments: args,
});

describe('a debug adapter on TCP', () => {
  test('promises what it can do', async () => {
    const [answer] = await ask([request('initialize', { adapterID: 'buildkit' })], 1);
    expect(answer).toMatchObject({
      command: 'initialize',
      success: true,
      body: { supportsConfigurationDoneRequest: true },
    });
  });

  test('promises nothing that it does not have', async () => {
    const [answer] = await ask([request('readMemory')], 1);
    expect(answer).toMatchObject({ success: false, message: 'readMemory is not supported' });
  });

  test.each([
    ['next', 'There is no build under way.'],
    ['stackTrace', 'There is no build under way.'],
    ['llb/shell', 'There is no build under way.'],
    ['setBreakpoints', 'setBreakpoints: "source" must be given'],
    ['launch', 'Nothing to build: set "file" to a Dockerfile, or "derivation" to a .drv file.'],
  ])('refuses %s before there is a build', async (command, message) => {
    const [answer] = await ask([request(command)], 1);
    expect(answer).toMatchObject({ success: false, message });
  });

  test.each([
    ['next', true],
    ['variables', false],
    ['evaluate', false],
    ['llb/shell', false],
  ])('has a client show the refusal of %s in a message of its own: %s', async (command, shown) => {
    const [answer] = await ask([request(command)], 1);
    expect(answer).toMatchObject({ success: false, body: { error: { showUser: shown } } });
  });

  test('has no threads before there is a build', async () => {
    const [answer] = await ask([request('threads')], 1);
    expect(answer).toMatchObject({ success: true, body: { threads: [] } });
  });

  test('serves several clients, each with a session of its own', async () => {
    const launch = request('launch', { file: '/no/such/file' });
    const [one, two] = await Promise.all([ask([launch], 1), ask([launch], 1)]);
    expect([one, two]).toMatchObject([[{ success: false }], [{ success: false }]]);
  });

  test('lets a client go', async () => {
    const socket = await client();
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.write(frame(request('disconnect')));
    socket.resume();
    await ended;
  });
});

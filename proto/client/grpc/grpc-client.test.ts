/** How calls end, against a server that does what a daemon may do: on a real socket. */
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { framed } from './framing';
import { GrpcClient } from './grpc-client';
import { GrpcFailure } from './grpc-failure';
import { StatusCode } from './status-code';

type Answer = (stream: ServerHttp2Stream) => void;

let server: Http2Server;
let client: GrpcClient;
let sockets: Socket[];
let answer: Answer;

beforeEach(async () => {
  sockets = [];
  server = createServer({ maxSendHeaderBlockLength: 16 * 1024 * 1024 });
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
  });
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = addressOf(server);
  client = new GrpcClient(() => Promise.resolve(connectSocket(port, '127.0.0.1')), false);
});
afterEach(() => {
  client.close();
  server.close();
});

function addressOf(one: Http2Server): AddressInfo {
  const address = one.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  return address;
}

const head = { ':status': 200, 'content-type': 'application/grpc' };

/** Answers with messages and trailers. */
function full(messages: readonly Uint8Array[], trailers: Record<string, string>): Answer {
  return (stream) => {
    stream.respond(head, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(framed(messages));
    stream.resume();
  };
}

/** Cuts the line in the middle of a call. */
const cut: Answer = () => {
  for (const socket of sockets) socket.destroy();
};

/** What a call with one message from us gives, and how it ends. */
async function ask(
  options: Parameters<GrpcClient['call']>[1] = {},
): Promise<{ messages: string[]; failure?: GrpcFailure }> {
  const call = client.call('/a.B/C', options);
  call.write(Buffer.from('question')).catch(() => undefined);
  call.end();
  const messages: string[] = [];
  try {
    for await (const message of call.messages) messages.push(Buffer.from(message).toString());
    return { messages };
  } catch (error) {
    if (error instanceof GrpcFailure) return { messages, failure: error };
    throw error;
  }
}

describe('a call', () => {
  test('gives its messages and ends well', async () => {
    answer = full([Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')], {
      'grpc-status': '0',
    });
    expect(await ask()).toEqual({ messages: ['one', '', 'three'] });
  });

  test('carries messages larger than any window', async () => {
    const large = Buffer.alloc(9_000_000, 'x');
    answer = full([large], { 'grpc-status': '0' });
    expect((await ask()).messages[0]).toHaveLength(large.length);
  });

  test('sends its headers, each value of a repeated one', async () => {
    let got: readonly string[] = [];
    server.on('stream', (...[, , , raw]: [ServerHttp2Stream, unknown, unknown, string[]]) => {
      got = raw;
    });
    answer = full([], { 'grpc-status': '0' });
    await ask({ headers: { one: 'a', many: ['b', 'c, d'] } });
    const values = got.flatMap((text, index) => (index % 2 === 1 ? [text] : []));
    expect(values).toEqual(expect.arrayContaining(['/a.B/C', 'a', 'b', 'c, d']));
  });

  type End = readonly [name: string, answer: Answer, code: number, message: string];
  const ends: readonly End[] = [
    [
      'a status after messages',
      full([Buffer.from('one')], { 'grpc-status': '5', 'grpc-message': 'not%20h%C3%A9re' }),
      StatusCode.notFound,
      'not hére',
    ],
    [
      'a status and nothing else',
      (stream) =>
        stream.respond(
          { ...head, 'grpc-status': '12', 'grpc-message': '100% sure' },
          { endStream: true },
        ),
      StatusCode.unimplemented,
      '100% sure',
    ],
    ['no status', full([], {}), StatusCode.internal, 'without a status'],
    [
      'another HTTP status',
      (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
      StatusCode.unavailable,
      'HTTP status 503',
    ],
    ['a cancelled stream', (stream) => stream.close(8), StatusCode.cancelled, 'reset'],
    ['a refused stream', (stream) => stream.close(7), StatusCode.unavailable, 'reset'],
    ['a lost connection', cut, StatusCode.unavailable, 'Connection dropped'],
  ];
  test.each(ends)('fails by %s', async (_, how, code, message) => {
    answer = how;
    const { failure } = await ask();
    expect([failure?.code, failure?.message]).toEqual([code, expect.stringContaining(message)]);
  });

  // The library below Node takes no header above 64 KiB.
  test.each([10, 45_000, 500_000])('gives the details of a failure, %i bytes', async (length) => {
    const details = Buffer.from(Array.from({ length }, (_, index) => (index * index) % 251));
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(126 - index));
    const message = `${printable.join('').repeat(Math.ceil(length / 95))}.`;
    answer = full([Buffer.from('before')], {
      'grpc-status': '2',
      'grpc-message': message.replaceAll('%', '%25'),
      'grpc-status-details-bin': details.toString('base64').replace(/=+$/, ''),
    });
    const { failure, messages } = await ask();
    expect(messages).toEqual(['before']);
    expect(failure?.code).toBe(2);
    expect(failure?.message).toBe(message);
    expect(failure?.details).toEqual(details);
    // The connection is as good as before.
    answer = full([Buffer.from('after')], { 'grpc-status': '0' });
    expect(await ask()).toEqual({ messages: ['after'] });
    expect(sockets).toHaveLength(1);
  });

  test('gives a long failure that has neither body nor trailers', async () => {
    const details = Buffer.alloc(200_000, 'd');
    answer = (stream) =>
      stream.respond(
        { ...head, 'grpc-status': '9', 'grpc-status-details-bin': details.toString('base64') },
        { endStream: true },
      );
    const { failure } = await ask();
    expect([failure?.code, failure?.details?.length]).toEqual([9, details.length]);
  });

  test('is given up by its signal, before and while it runs', async () => {
    const closed: Promise<void>[] = [];
    answer = (stream) => {
      closed.push(new Promise((resolve) => stream.once('close', resolve)));
      controller.abort();
    };
    const controller = new AbortController();
    expect((await ask({ signal: controller.signal })).failure?.code).toBe(StatusCode.cancelled);
    // The server hears of it.
    await Promise.all(closed);
    expect((await ask({ signal: controller.signal })).failure?.code).toBe(StatusCode.cancelled);
    expect(closed).toHaveLength(1);
  });

  // The connection is there, so how the call begins and how it is given up cross in these turns.
  test.each([0, 1, 2, 3, 4, 5])('is given up %i turns after it began', async (turns) => {
    answer = () => undefined;
    await client.connect();
    const stop = new AbortController();
    const asked = ask({ signal: stop.signal });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    stop.abort();
    expect((await asked).failure?.code).toBe(StatusCode.cancelled);
  });

  test('is given up at its time limit', async () => {
    answer = () => undefined;
    expect((await ask({ timeout: 1 })).failure?.code).toBe(StatusCode.deadlineExceeded);
  });

  test('is cancelled by a reader that leaves early', async () => {
    let ended: Promise<void> = Promise.resolve();
    answer = (stream) => {
      ended = new Promise((resolve) => stream.once('close', resolve));
      stream.respond(head);
      stream.write(framed([Buffer.from('first')]));
    };
    for await (const message of client.call('/a.B/C').messages) {
      expect(Buffer.from(message).toString()).toBe('first');
      break;
    }
    await ended;
  });

  test('may fail before anybody reads it', async () => {
    answer = cut;
    const call = client.call('/a.B/C');
    await call.write(Buffer.from('x')).catch(() => undefined);
    await expect(
      (async () => {
        for await (const message of call.messages) expect(message).toBeUndefined();
      })(),
    ).rejects.toThrow('Connection dropped');
  });
});

describe('a connection', () => {
  test('is shared by its calls, and made anew once it was lost', async () => {
    answer = full([Buffer.from('here')], { 'grpc-status': '0' });
    await Promise.all([ask(), ask()]);
    await ask();
    expect(sockets).toHaveLength(1);
    answer = cut;
    await ask();
    answer = full([Buffer.from('again')], { 'grpc-status': '0' });
    expect((await ask()).messages).toEqual(['again']);
    expect(sockets).toHaveLength(2);
  });

  test('that was closed takes no calls', async () => {
    answer = full([], { 'grpc-status': '0' });
    await ask();
    client.close();
    expect((await ask()).failure?.code).toBe(StatusCode.cancelled);
  });

  test('that cannot be made fails its calls with what was wrong', async () => {
    const lost = new GrpcClient(() => Promise.reject(new Error('no way there')), false);
    await expect(lost.connect()).rejects.toThrow('no way there');
    const call = lost.call('/a.B/C');
    await expect(call.write(Buffer.from('x'))).rejects.toThrow('no way there');
  });
});

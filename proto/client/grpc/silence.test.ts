/** Dead connections, against a server that greets and then says nothing. */
import { once } from 'node:events';
import { connect, createServer as createHttp2, type ClientHttp2Session } from 'node:http2';
import { createServer, connect as connectSocket, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Silence } from './silence';

let server: Server | undefined;
afterEach(() => server?.close());

async function connected(to: Server): Promise<ClientHttp2Session> {
  server = to;
  await new Promise<void>((resolve) => to.listen(0, '127.0.0.1', resolve));
  const address = to.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const session = connect('http://localhost', {
    createConnection: () => connectSocket(address.port, '127.0.0.1'),
  });
  await once(session, 'remoteSettings');
  return session;
}

const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

test('a connection that answers no ping is given up', async () => {
  const session = await connected(createServer((socket) => socket.write(emptySettings)));
  new Silence(session, { lookEvery: 5, answerWithin: 5 }).watch();
  await once(session, 'close');
  expect(session.destroyed).toBe(true);
});

test('one that answers is kept, and asked once a silence', async () => {
  const session = await connected(createHttp2());
  let pings = 0;
  let answered: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const silence = new Silence(
    {
      destroyed: false,
      destroy: () => session.destroy(),
      ping: (callback) => {
        pings += 1;
        return session.ping((error) => {
          callback(error);
          answered();
        });
      },
    },
    { lookEvery: 2, answerWithin: 60_000 },
  );
  silence.watch();
  await first;
  for (let looks = 0; looks < 5; looks += 1) await new Promise((done) => setTimeout(done, 2));
  silence.rest();
  expect([pings, session.destroyed]).toEqual([1, false]);
  session.destroy();
});

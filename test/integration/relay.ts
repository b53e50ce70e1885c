/** A socket in front of another one, which a test can cut as if the daemon behind it had died. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Relay = {
  /** Where to connect instead of the real socket. */
  readonly path: string;
  /** What clients have written so far, a buffer for each connection. */
  readonly written: () => Buffer[];
  /** Ends every connection and answers no more. */
  cut(): void;
};

/** A relay that listens on a port of this machine, as a builder elsewhere would. */
export async function startTcpRelay(
  target: string,
): Promise<{ readonly address: string; readonly cut: () => void }> {
  const { server, cut } = relayTo(target);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = server.address();
  if (typeof place !== 'object' || place === null) throw new Error('the relay has no port');
  return { address: `tcp://127.0.0.1:${place.port}`, cut };
}

/**
 * @param target the path of the real socket
 * @param again where an earlier one was, as if the daemon had come back
 */
export async function startRelay(target: string, again?: string): Promise<Relay> {
  const folder = again === undefined ? mkdtempSync(join(tmpdir(), 'llb-relay-')) : dirname(again);
  const path = join(folder, 'relay.sock');
  mkdirSync(folder, { recursive: true });
  const { server, cut, written } = relayTo(target);
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    written,
    cut: () => {
      cut();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function relayTo(target: string): {
  readonly server: Server;
  readonly cut: () => void;
  readonly written: Relay['written'];
} {
  const sockets = new Set<Socket>();
  const pieces: Buffer[][] = [];
  const server = createServer((near) => {
    const far = connect(target);
    const own: Buffer[] = [];
    pieces.push(own);
    near.on('data', (piece: Buffer) => own.push(piece));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  return {
    server,
    written: () => pieces.map((own) => Buffer.concat(own)),
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

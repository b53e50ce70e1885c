/** A socket in front of another one, which a test can cut as if the daemon behind it had died. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Relay = {
  /** Where to connect instead of the real socket. */
  readonly path: string;
  /** Ends every connection and answers no more. */
  cut(): void;
};

/**
 * @param target the path of the real socket
 * @param again where an earlier one was, as if the daemon had come back
 */
export async function startRelay(target: string, again?: string): Promise<Relay> {
  const folder = again === undefined ? mkdtempSync(join(tmpdir(), 'llb-relay-')) : dirname(again);
  const path = join(folder, 'relay.sock');
  mkdirSync(folder, { recursive: true });
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

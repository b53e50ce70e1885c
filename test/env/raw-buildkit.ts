// Serves dockerd's embedded BuildKit on a plain socket, as a standalone buildkitd would be.
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Listens at `path`; each connection is passed to the BuildKit inside the dockerd at `dockerSocket`,
 * through the HTTP upgrade that dockerd offers at `/grpc`.
 */
export function serveRawBuildkit(path: string, dockerSocket: string): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((client) => {
    const daemon = connect(dockerSocket, () =>
      daemon.write(
        'POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      ),
    );
    const end = (): void => {
      client.destroy();
      daemon.destroy();
    };
    for (const socket of [client, daemon]) socket.on('error', end).on('close', end);
    afterUpgrade(daemon, end, () => client.pipe(daemon).pipe(client));
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(path, () => resolve(server));
  });
}

function afterUpgrade(daemon: Socket, refused: () => void, upgraded: () => void): void {
  let answer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) return;
    daemon.off('data', onData).pause();
    if (!answer.subarray(0, end).toString('latin1').startsWith('HTTP/1.1 101')) {
      refused();
      return;
    }
    // BuildKit's first HTTP/2 frame may come in the same packet as the answer.
    const rest = answer.subarray(end + 4);
    if (rest.length > 0) daemon.unshift(rest);
    upgraded();
  };
  daemon.on('data', onData);
}

/**
 * A session in this thread that hands what an exporter sends to a function, instead of writing it
 * to files. For short transfers: while the thread is busy, the daemon's health checks wait.
 */
import { FileSendService } from '../../generated/filesync';
import type { BuilderAddress } from '../address';
import type { Env } from '../docker-config';
import type { PacketStream } from '../fsutil/packet-stream';
import { serveGrpc, type ServerCall } from '../grpc/grpc-server';
import { archiveBytes, packetStream } from './files';
import type { WorkerOptions } from './options';
import { sessionHandlers } from './services';
import { newSessionId } from './session-id';
import { openTransport } from './transport';

/** What takes the export: packets of the exporter `local`, or an archive's bytes of the others. */
export type Collect =
  | { readonly kind: 'packets'; readonly take: (stream: PacketStream) => Promise<void> }
  | {
      readonly kind: 'archive';
      readonly take: (bytes: AsyncIterable<Uint8Array>) => Promise<void>;
    };

export type CollectingSession = {
  readonly id: string;
  /** Resolves when the export was taken, rejects with what went wrong while taking it. */
  readonly taken: Promise<void>;
  close(): void;
};

/**
 * Opens a session that takes one export. Registry logins of the user are lent to it, since what is
 * exported may have to be pulled first.
 * @throws ConnectError, BuildkitError
 */
export async function collectExport(
  address: BuilderAddress,
  env: Env,
  collect: Collect,
): Promise<CollectingSession> {
  const options: WorkerOptions = {
    address,
    id: newSessionId(),
    sharedKey: '',
    directories: {},
    secrets: [],
    outputs: [],
    ssh: [],
    stores: {},
    uploads: {},
    trusted: true,
    env: { ...env },
  };
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  const taken = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Where the solve fails, nobody waits for this.
  taken.catch(() => undefined);
  const take = async (call: ServerCall): Promise<void> => {
    try {
      await (collect.kind === 'packets'
        ? collect.take(packetStream(call))
        : collect.take(archiveBytes(call)));
      settle?.resolve();
    } catch (error) {
      settle?.reject(error);
      throw error;
    }
  };
  const handlers = new Map([
    ...sessionHandlers(options, () => undefined),
    [FileSendService.diffCopy.path, take] as const,
  ]);
  const transport = await openTransport(options, [...handlers.keys()]);
  const server = serveGrpc(transport.connection, {
    handlers,
    // The daemon is told, and so is whoever waits for `taken`.
    onFailure: () => undefined,
    onClose: (reason) => {
      transport.close();
      settle?.reject(new Error(reason));
    },
  });
  return { id: options.id, taken, close: () => server.close() };
}

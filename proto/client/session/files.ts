/** FileSync and FileSend: the session's ends of fsutil transfers. */
import { open, rename, rm } from 'node:fs/promises';
import { BytesMessage } from '../../generated/filesync';
import { Packet } from '../../generated/fsutil';
import type { PacketStream } from '../fsutil/packet-stream';
import { receiveDirectory } from '../fsutil/receive';
import { sendDirectory } from '../fsutil/send';
import { RpcStatus, StatusCode, type ServerCall } from './grpc-server';
import type { SessionEvent, WorkerOptions } from './options';

type Report = (event: SessionEvent) => void;

/** Lends one of the session's directories. */
export async function sendFiles(
  call: ServerCall,
  { directories }: WorkerOptions,
  report: Report,
): Promise<void> {
  const [name = ''] = call.metadata('dir-name');
  const directory = Object.hasOwn(directories, name) ? directories[name] : undefined;
  if (directory === undefined) {
    throw new RpcStatus(StatusCode.notFound, `no access allowed to dir ${JSON.stringify(name)}`);
  }
  const start = performance.now();
  let sent = 0;
  await sendDirectory(directory, packetStream(call), {
    include: call.metadata('include-patterns'),
    exclude: call.metadata('exclude-patterns'),
    followPaths: call.metadata('followpaths'),
    onProgress: (bytes) => {
      sent += bytes;
    },
  });
  report({
    type: 'transfer',
    name,
    direction: 'sent',
    bytes: sent,
    milliseconds: performance.now() - start,
  });
}

/** Takes what an exporter sends: an archive into a file, or packets into a folder. */
export async function receiveFiles(
  call: ServerCall,
  { outputs }: WorkerOptions,
  report: Report,
): Promise<void> {
  // Daemons with one exporter only do not say which.
  const [exporter = '0'] = call.metadata('buildkit-attachable-exporter-id');
  const destination = /^\d+$/.test(exporter) ? outputs[Number(exporter)] : undefined;
  if (destination === undefined || destination === null) {
    throw new RpcStatus(StatusCode.notFound, `exporter ${exporter} writes no files here`);
  }
  const start = performance.now();
  let received = 0;
  if (destination.kind === 'file') received = await writeArchive(call, destination.path);
  else {
    const stream = packetStream(call, (bytes) => {
      received += bytes;
    });
    await receiveDirectory(destination.path, stream, {
      onSkipped: (path) => report({ type: 'skipped', path }),
    });
  }
  report({
    type: 'transfer',
    name: destination.path,
    direction: 'received',
    bytes: received,
    milliseconds: performance.now() - start,
  });
}

/** The file appears under its name only when it is whole. */
async function writeArchive(call: ServerCall, path: string): Promise<number> {
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  const file = await open(partial, 'wx', 0o644);
  try {
    let size = 0;
    try {
      for await (const bytes of call.messages) {
        const { data } = BytesMessage.decode(bytes);
        await file.writeFile(data);
        size += data.length;
      }
    } finally {
      await file.close();
    }
    await rename(partial, path);
    return size;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function packetStream(call: ServerCall, onData?: (bytes: number) => void): PacketStream {
  return {
    packets: packets(call, onData),
    send: (messages) => call.send(messages.map((packet) => Packet.encode(packet))),
  };
}

async function* packets(call: ServerCall, onData?: (bytes: number) => void) {
  for await (const bytes of call.messages) {
    const packet = Packet.decode(bytes);
    onData?.(packet.data.length);
    yield packet;
  }
}

/** FileSync and FileSend: the session's ends of fsutil transfers. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { BytesMessage } from '../../generated/filesync';
import { Packet } from '../../generated/fsutil';
import type { PacketStream } from '../fsutil/packet-stream';
import { receiveDirectory } from '../fsutil/receive';
import { sendDirectory } from '../fsutil/send';
import { isGone } from '../fsutil/walk';
import { loadImage } from '../docker-engine';
import { RpcStatus, type ServerCall } from '../grpc/grpc-server';
import { StatusCode } from '../grpc/status-code';
import type { Destination, SessionEvent, WorkerOptions } from './options';

type Report = (event: SessionEvent) => void;

/** Lends one of the session's directories. */
export async function sendFiles(
  call: ServerCall,
  { directories, stored = [], further = {}, lists = false }: WorkerOptions,
  report: Report,
): Promise<void> {
  const [name = ''] = call.metadata('dir-name');
  const directory = Object.hasOwn(directories, name) ? directories[name] : undefined;
  if (directory === undefined) {
    throw new RpcStatus(StatusCode.notFound, `no access allowed to dir ${JSON.stringify(name)}`);
  }
  const start = performance.now();
  let sent = 0;
  const question = {
    include: call.metadata('include-patterns'),
    exclude: call.metadata('exclude-patterns'),
    followPaths: call.metadata('followpaths'),
  };
  const others = Object.hasOwn(further, name) ? (further[name] ?? []) : [];
  await sendDirectory(directory, packetStream(call), {
    ...question,
    further: others,
    stored: stored.includes(name),
    // A listing is of one directory.
    ...(lists &&
      others.length === 0 && {
        onListed: (listing) => report({ type: 'listed', name, ...question, listing }),
      }),
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
  if (destination.kind !== 'folder') received = await takeArchive(call, destination);
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
    name: destinationName(destination),
    direction: 'received',
    bytes: received,
    milliseconds: performance.now() - start,
  });
}

function destinationName(destination: Destination): string {
  if ('path' in destination) return destination.path;
  return destination.kind === 'docker' ? 'docker' : '-';
}

type ArchiveDestination = Exclude<Destination, { kind: 'folder' | 'file' }> | { path: string };

/** @returns the number of bytes */
async function takeArchive(call: ServerCall, destination: ArchiveDestination): Promise<number> {
  let size = 0;
  const pieces = async function* () {
    for await (const data of archiveBytes(call)) {
      size += data.length;
      yield data;
    }
  };
  if ('path' in destination) await writeArchive(pieces(), destination.path);
  else if (destination.kind === 'docker') await loadImage(destination.address, pieces());
  else await writeToStdout(pieces());
  return size;
}

/** The bytes of an archive that an exporter sends. */
export async function* archiveBytes(call: ServerCall): AsyncGenerator<Uint8Array> {
  for await (const bytes of call.messages) yield BytesMessage.decode(bytes).data;
}

/** A file appears under its name only when it is whole; what is no file (a pipe, say) is written to. */
async function writeArchive(pieces: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  if (await isSpecial(path)) {
    await writeFile(path, pieces);
    return;
  }
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  try {
    await writeFile(partial, pieces, { flag: 'wx', mode: 0o644 });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function isSpecial(path: string): Promise<boolean> {
  try {
    const entry = await stat(path);
    return !entry.isFile() && !entry.isDirectory();
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Straight to the descriptor: a thread's own `process.stdout` goes through the main one. */
async function writeToStdout(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const stdout = createWriteStream('', { fd: 1, autoClose: false });
  await pipeline(pieces, stdout);
}

/** The packets of a call, both ways. */
export function packetStream(call: ServerCall, onData?: (bytes: number) => void): PacketStream {
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

/**
 * The session's uploads: bytes that the daemon pulls as if from `http://buildkit-session/ID`. A
 * build context that comes on standard input travels this way, each byte once.
 */
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { BytesMessage, UploadService } from '../../generated/upload';
import { RpcStatus, type Handler, type ServerCall } from '../grpc/grpc-server';
import { StatusCode } from '../grpc/status-code';

/** What was read of a stream already, and the descriptor that has the rest. */
export type UploadSource = { readonly head: Uint8Array; readonly descriptor: number };

const largestPiece = 1024 * 1024;

export function uploadHandlers(
  sources: Readonly<Record<string, UploadSource>>,
): [string, Handler][] {
  // A stream can be had once.
  const left = new Map(Object.entries(sources));
  const pull = async (call: ServerCall): Promise<void> => {
    const id = posix.basename(call.metadata('urlpath')[0] ?? '');
    const source = left.get(id);
    if (source === undefined) {
      throw new RpcStatus(StatusCode.unknown, `no http response from session for ${id}`);
    }
    left.delete(id);
    const send = (data: Uint8Array) => call.send([BytesMessage.encode({ data })]);
    if (source.head.length > 0) await send(source.head);
    const rest: AsyncIterable<unknown> = createReadStream('', {
      fd: source.descriptor,
      autoClose: false,
      highWaterMark: largestPiece,
    });
    for await (const chunk of rest) if (chunk instanceof Uint8Array) await send(chunk);
  };
  return [[UploadService.pull.path, pull]];
}

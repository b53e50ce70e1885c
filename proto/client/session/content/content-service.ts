/**
 * The session's content service: OCI layouts that are build contexts, local caches, and the folder
 * that an exporter fills. Which store a call means stands in its metadata.
 */
import {
  ContentService,
  WriteAction,
  WriteContentRequest,
  WriteContentResponse,
} from '../../../generated/content';
import type { Init, Method, MethodKind } from '../../../wire/message';
import { RpcStatus, type Handler, type ServerCall } from '../../grpc/grpc-server';
import { StatusCode } from '../../grpc/status-code';
import { ContentError, ContentStore, type Upload } from './content-store';

const storeHeader = 'buildkit-attachable-store-id';

const statusOf: Readonly<Record<ContentError['problem'], number>> = {
  absent: StatusCode.notFound,
  present: StatusCode.alreadyExists,
  bad: StatusCode.failedPrecondition,
};

/** @param folders store id → folder of blobs; nothing else can be reached */
export function contentHandlers(folders: Readonly<Record<string, string>>): [string, Handler][] {
  const stores = new Map(
    Object.entries(folders).map(([id, folder]) => [id, new ContentStore(folder)]),
  );
  const choose = (call: ServerCall): ContentStore => {
    const [id = ''] = call.metadata(storeHeader);
    const store = stores.get(id);
    if (store === undefined) {
      throw new RpcStatus(StatusCode.notFound, `unknown store ${JSON.stringify(id)}`);
    }
    return store;
  };
  return [
    answers(ContentService.info, choose, async (store, { digest }) => ({
      info: { digest, size: BigInt(await store.size(digest)) },
    })),
    answers(ContentService.status, choose, (store, { ref }) => {
      const upload = store.unfinished.get(ref);
      if (upload === undefined) throw new ContentError('absent', `upload ${ref} not found`);
      return Promise.resolve({ status: uploadStatus(ref, upload) });
    }),
    answers(ContentService.listStatuses, choose, (store) =>
      Promise.resolve({
        statuses: [...store.unfinished].map(([ref, upload]) => uploadStatus(ref, upload)),
      }),
    ),
    answers(ContentService.abort, choose, async (store, { ref }) => {
      await store.abort(ref);
      return {};
    }),
    [ContentService.read.path, (call) => translated(() => read(call, choose(call)))],
    [ContentService.write.path, (call) => translated(() => write(call, choose(call)))],
  ];
}

function answers<Request extends object, Response extends object>(
  method: Method<Request, Response, MethodKind>,
  choose: (call: ServerCall) => ContentStore,
  answer: (store: ContentStore, request: Request) => Promise<Init<Response>>,
): [string, Handler] {
  return [
    method.path,
    (call) =>
      translated(async () => {
        const response = await answer(choose(call), method.request.decode(await first(call)));
        await call.send([method.response.encode(response)]);
      }),
  ];
}

async function first(call: ServerCall): Promise<Uint8Array> {
  for await (const bytes of call.messages) return bytes;
  throw new RpcStatus(StatusCode.invalidArgument, 'the request is missing');
}

async function translated(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    throw new RpcStatus(statusOf[error.problem], error.message);
  }
}

async function read(call: ServerCall, store: ContentStore): Promise<void> {
  const { request, response } = ContentService.read;
  const { digest, offset, size } = request.decode(await first(call));
  let at = offset;
  for await (const data of store.read(digest, Number(offset), Number(size))) {
    await call.send([response.encode({ offset: at, data })]);
    at += BigInt(data.length);
  }
}

async function write(call: ServerCall, store: ContentStore): Promise<void> {
  let upload: Upload | undefined;
  let ref = '';
  let expected = '';
  try {
    for await (const bytes of call.messages) {
      const request = WriteContentRequest.decode(bytes);
      if (request.expected !== '') expected = request.expected;
      if (upload === undefined) {
        ref = request.ref;
        upload = await store.upload(ref, expected);
      }
      await call.send([WriteContentResponse.encode(await step(upload, request, expected))]);
      if (request.action === WriteAction.COMMIT) {
        upload = undefined;
        return;
      }
    }
  } finally {
    // Whoever goes away in the middle begins again from the start.
    if (upload !== undefined) await store.abort(ref);
  }
}

async function step(
  upload: Upload,
  { action, offset, data, total }: WriteContentRequest,
  expected: string,
): Promise<Init<WriteContentResponse>> {
  if (action !== WriteAction.STAT && data.length > 0) {
    if (offset === 0n && upload.offset > 0) await upload.restart();
    if (offset !== BigInt(upload.offset)) {
      throw new ContentError('bad', `${upload.offset} bytes are there, not ${offset}`);
    }
    await upload.write(data);
  }
  const { offset: written } = upload;
  const digest =
    action === WriteAction.COMMIT ? await upload.commit(Number(total), expected) : upload.digest;
  return { action, offset: BigInt(written), total, digest };
}

function uploadStatus(ref: string, { offset, started }: Upload) {
  const seconds = BigInt(Math.floor(started.getTime() / 1000));
  return { ref, offset: BigInt(offset), startedAt: { seconds }, updatedAt: { seconds } };
}

/** The session's SSH service: `RUN --mount=type=ssh` and git over ssh reach agents through it. */
import { BytesMessage, SSHService } from '../../../generated/sshforward';
import { RpcStatus, type Handler, type ServerCall } from '../../grpc/grpc-server';
import { StatusCode } from '../../grpc/status-code';
import { frame, keyAgent, messagesOf, socketAgent, type Agent } from './agent';
import { KeyError, readPrivateKey } from './private-key';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** What a build gets under an id: a running agent, or keys from files. */
export type SshSource =
  | { readonly id: string; readonly socket: string }
  | { readonly id: string; readonly keys: readonly string[] };

/** In the metadata of a call; without it BuildKit means this id. */
const idHeader = 'buildkit.ssh.id';
const defaultId = 'default';

export function sshHandlers(sources: readonly SshSource[]): [string, Handler][] {
  return [
    [
      SSHService.checkAgent.path,
      async (call) => {
        for await (const bytes of call.messages) {
          find(sources, SSHService.checkAgent.request.decode(bytes).id);
          await call.send([SSHService.checkAgent.response.encode({})]);
          return;
        }
      },
    ],
    [SSHService.forwardAgent.path, (call) => forward(call, sources)],
  ];
}

function find(sources: readonly SshSource[], id: string): SshSource {
  const wanted = id === '' ? defaultId : id;
  const source = sources.find((one) => one.id === wanted);
  if (source === undefined) {
    throw new RpcStatus(StatusCode.notFound, `unset ssh forward key ${wanted}`);
  }
  return source;
}

/** One connection to the socket in the build's container. */
async function forward(call: ServerCall, sources: readonly SshSource[]): Promise<void> {
  const agent = await openAgent(find(sources, call.metadata(idHeader)[0] ?? ''));
  try {
    for await (const request of messagesOf(data(call))) {
      const answer = await agent.answer(request);
      await call.send([BytesMessage.encode({ data: frame(answer) })]);
    }
  } finally {
    agent.close();
  }
}

async function* data(call: ServerCall): AsyncGenerator<Uint8Array> {
  for await (const bytes of call.messages) yield BytesMessage.decode(bytes).data;
}

async function openAgent(source: SshSource): Promise<Agent> {
  if ('socket' in source) return socketAgent(source.socket);
  const keys = await Promise.all(
    source.keys.map(async (path) => {
      try {
        return readPrivateKey(await readFile(path, 'utf8'), basename(path));
      } catch (error) {
        if (!(error instanceof KeyError)) throw error;
        throw new RpcStatus(
          StatusCode.unknown,
          `the SSH key ${path} cannot be used: ${error.message}`,
        );
      }
    }),
  );
  return keyAgent(keys);
}

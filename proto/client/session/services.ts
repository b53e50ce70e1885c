/** The services a session offers to the daemon, by method path. */
import type { Init, Method, MethodKind } from '../../wire/message';
import { AuthService } from '../../generated/auth';
import { FileSendService, FileSyncService } from '../../generated/filesync';
import { HealthService, ServingStatus } from '../../generated/health';
import { SecretsService } from '../../generated/secrets';
import { anonymous, registryCredentials, type Credentials } from '../registry/credentials';
import { receiveFiles, sendFiles } from './files';
import { RpcStatus, StatusCode, type Handler } from './grpc-server';
import type { SessionEvent, WorkerOptions } from './options';
import { readSecret } from './secrets';

export function sessionHandlers(
  options: WorkerOptions,
  report: (event: SessionEvent) => void,
): ReadonlyMap<string, Handler> {
  // BuildKit falls back to plain credentials when tokens cannot be had from the client.
  const noTokens = (): never => {
    throw new RpcStatus(StatusCode.unavailable, 'tokens are not made by this client');
  };
  return new Map([
    unary(HealthService.check, () => ({ status: ServingStatus.SERVING })),
    [FileSyncService.diffCopy.path, (call) => sendFiles(call, options, report)],
    [FileSendService.diffCopy.path, (call) => receiveFiles(call, options, report)],
    unary(SecretsService.getSecret, ({ id }) => readSecret(options.secrets, id)),
    unary(AuthService.credentials, ({ host }) => credentialsFor(host, options)),
    unary(AuthService.getTokenAuthority, noTokens),
    unary(AuthService.verifyTokenAuthority, noTokens),
    unary(AuthService.fetchToken, noTokens),
  ]);
}

/** The daemon is told in words when a credential helper fails. */
async function credentialsFor(host: string, options: WorkerOptions): Promise<Credentials> {
  if (!options.trusted) return anonymous;
  try {
    return await registryCredentials(host, options.env);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RpcStatus(StatusCode.unknown, message);
  }
}

function unary<Request extends object, Response extends object>(
  method: Method<Request, Response, MethodKind>,
  answer: (request: Request) => Init<Response> | Promise<Init<Response>>,
): [string, Handler] {
  return [
    method.path,
    async (call) => {
      for await (const bytes of call.messages) {
        const response = await answer(method.request.decode(bytes));
        await call.send([method.response.encode(response)]);
        return;
      }
      throw new RpcStatus(StatusCode.invalidArgument, 'the request is missing');
    },
  ];
}

/** The services a session offers to the daemon, by method path. */
import type { Init, Method, MethodKind } from '../../wire/message';
import { AuthService } from '../../generated/auth';
import { FileSendService, FileSyncService } from '../../generated/filesync';
import { HealthService, ServingStatus } from '../../generated/health';
import { SecretsService } from '../../generated/secrets';
import { contentHandlers } from './content/content-service';
import { receiveFiles, sendFiles } from './files';
import { RpcStatus, type Handler } from '../grpc/grpc-server';
import { StatusCode } from '../grpc/status-code';
import type { SessionEvent, WorkerOptions } from './options';
import { RegistryAuth } from './registry-auth';
import { readSecret } from './secrets';
import { sshHandlers } from './ssh/ssh-service';
import { uploadHandlers } from './upload-service';

export function sessionHandlers(
  options: WorkerOptions,
  report: (event: SessionEvent) => void,
): ReadonlyMap<string, Handler> {
  const auth = new RegistryAuth(options);
  return new Map([
    unary(HealthService.check, () => ({ status: ServingStatus.SERVING })),
    [FileSyncService.diffCopy.path, (call) => sendFiles(call, options, report)],
    [FileSendService.diffCopy.path, (call) => receiveFiles(call, options, report)],
    unary(SecretsService.getSecret, ({ id }) => readSecret(options.secrets, id)),
    unary(AuthService.credentials, ({ host }) => auth.credentials(host)),
    unary(AuthService.fetchToken, (request) => auth.fetchToken(request)),
    unary(AuthService.getTokenAuthority, ({ host, salt }) => auth.tokenAuthority(host, salt)),
    unary(AuthService.verifyTokenAuthority, ({ host, salt, payload }) =>
      auth.signedPayload(host, salt, payload),
    ),
    ...offered(options.ssh, sshHandlers),
    ...offered(options.uploads, uploadHandlers),
    ...offered(options.stores, contentHandlers),
  ]);
}

/** A service with nothing to give is not offered: its absence is what the daemon reports best. */
function offered<T extends object>(
  what: T,
  handlers: (what: T) => [string, Handler][],
): [string, Handler][] {
  return Object.keys(what).length === 0 ? [] : handlers(what);
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

/**
 * The builder service (`llb-lens service`): JSON-RPC on stdio, one process an extension host.
 *
 * It owns every connection to BuildKit outside a build. The extension starts it for trusted
 * workspaces only; it ends with its input.
 */
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { AddressError } from '../../proto/client/address';
import { listBuilders } from '../../proto/client/builders/builder-list';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { ConnectError } from '../../proto/client/connect-error';
import { BuildFailure } from '../engine/build-input';
import { ProfileError } from '../engine/profile';
import { Builders } from './builders';
import { Images } from './images';
import { Layers } from './layers';
import {
  BuilderChangedNotification,
  NoBuilderError,
  ServiceError,
  type ServiceMethod,
  type ServiceRequests,
} from './protocol';

type Handlers = {
  readonly [M in ServiceMethod]: (
    params: ServiceRequests[M]['params'],
  ) => Promise<ServiceRequests[M]['result']>;
};

function main(): void {
  const { env } = process;
  const connection = createMessageConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  const builders = new Builders(env, () => {
    void connection.sendNotification(BuilderChangedNotification);
  });
  const layers = new Layers(builders, env);
  const images = new Images(builders, env);
  const handlers: Handlers = {
    'builder/state': ({ builder }) => builders.state(builder),
    'builder/list': () => listBuilders(env),
    'image/resolve': (params) => images.resolve(params),
    'layer/readDir': (params) => layers.readDir(params),
    'layer/readFile': (params) => layers.readFile(params),
  };
  connection.onRequest('builder/state', answering(handlers['builder/state']));
  connection.onRequest('builder/list', answering(handlers['builder/list']));
  connection.onRequest('image/resolve', answering(handlers['image/resolve']));
  connection.onRequest('layer/readDir', answering(handlers['layer/readDir']));
  connection.onRequest('layer/readFile', answering(handlers['layer/readFile']));

  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    await Promise.all([layers.close(), images.close()]);
    builders.close();
    process.exit();
  };
  connection.onClose(() => void end());
  process.on('SIGTERM', () => void end());
  connection.listen();
}

function answering<P, R>(handler: (params: P) => Promise<R>): (params: P) => Promise<R> {
  return async (params) => {
    try {
      return await handler(params);
    } catch (error) {
      throw answerOf(error);
    }
  };
}

/** Failures that their message explains; anything else is a defect and keeps its stack. */
function answerOf(error: unknown): unknown {
  if (error instanceof ConnectError || error instanceof AddressError) {
    return new ResponseError(NoBuilderError, error.message);
  }
  if (
    error instanceof BuildkitError ||
    error instanceof BuildFailure ||
    error instanceof ProfileError ||
    (error instanceof Error && 'syscall' in error)
  ) {
    return new ResponseError(ServiceError, error.message);
  }
  return error;
}

main();

/**
 * The builder service (`llb-lens service`): JSON-RPC on stdio, one process an extension host.
 *
 * It owns every connection to BuildKit outside a build. The extension starts it for trusted
 * workspaces only; it ends with its input.
 */
import {
  createMessageConnection,
  type CancellationToken,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { AddressError } from '../../proto/client/address';
import { listBuilders } from '../../proto/client/builders/builder-list';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { ConnectError } from '../../proto/client/connect-error';
import { BuildFailure } from '../engine/input/build-input';
import { ProfileError } from '../engine/profile/profile';
import { Builders } from './builders';
import { Images } from './images';
import { InspectedImages } from './inspected-images';
import { Layers } from './layers';
import { OpenLayers } from './open-layers';
import { createBuilder, removeBuilder } from '../engine/builder/buildx-command';
import { watchRecords } from '../engine/records/watch-records';
import { History } from './history';
import { Plans } from './plans';
import {
  buildsOf,
  compareWithNow,
  fileOf,
  predictPlanned,
  stepsOf,
  timesOf,
  whyBuilds,
} from './records';
import { Upkeep } from './upkeep';
import {
  BuilderChangedNotification,
  HistoryChangedNotification,
  HistoryEndedNotification,
  HistoryPatchNotification,
  NoBuilderError,
  OutlookChangedNotification,
  PruneNotification,
  ServiceError,
  type PruneProgress,
  type ServiceMethod,
  type ServiceRequests,
} from './protocol';

function main(): void {
  const { env } = process;
  const connection = createMessageConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  const builders = new Builders(env, () => {
    void connection.sendNotification(BuilderChangedNotification);
  });
  const openLayers = new OpenLayers(builders, env);
  const layers = new Layers(openLayers);
  const inspected = new InspectedImages(openLayers, env);
  const images = new Images(builders, env);
  const upkeep = new Upkeep(builders, env, (event: PruneProgress) => {
    void connection.sendNotification(PruneNotification, event);
  });
  const history = new History(builders, env, {
    changed: (event) => void connection.sendNotification(HistoryChangedNotification, event),
    patch: (event) => void connection.sendNotification(HistoryPatchNotification, event),
    ended: (event) => void connection.sendNotification(HistoryEndedNotification, event),
  });
  const plans = new Plans();
  const outlookChanged = (): void => void connection.sendNotification(OutlookChangedNotification);
  watchRecords(outlookChanged, (error) => {
    process.stderr.write(`Builds of other processes are not heard of: ${error.message}\n`);
  });
  const answer = <M extends ServiceMethod>(method: M, handler: Handler<M>): void => {
    // The handler's own type holds it to its method's result; on the wire it is any JSON.
    connection.onRequest<unknown, unknown>(method, answering(handler));
  };
  answer('builder/state', ({ builder }) => builders.state(builder));
  answer('builder/list', () => listBuilders(env));
  answer('builder/info', (params) => upkeep.info(params));
  answer('builder/usage', (params) => upkeep.usage(params));
  answer('builder/prunePreview', (params) => upkeep.preview(params));
  answer('builder/prune', (params, signal) => {
    plans.forget();
    return upkeep.prune(params, signal).finally(() => {
      plans.forget();
      outlookChanged();
    });
  });
  answer('builder/create', (params, signal) => done(createBuilder(params, env, signal)));
  answer('builder/remove', ({ name }, signal) => done(removeBuilder(name, env, signal)));
  answer('history/watch', (params) => done(history.watch(params)));
  answer('history/unwatch', (params) => done(history.unwatch(params)));
  answer('history/open', (params) => history.openBuild(params));
  answer('history/bundle', (params) => history.builds(params));
  answer('history/close', (params) => {
    history.closeBuild(params);
    return null;
  });
  answer('history/log', (params) => history.log(params));
  answer('history/op', (params) => history.op(params));
  answer('history/plainLog', (params) => history.plainLog(params));
  answer('history/source', (params) => history.source(params));
  answer('history/attestation', (params) => history.attestation(params));
  answer('history/delete', (params) => done(history.delete(params)));
  answer('history/pin', (params) => done(history.pin(params)));
  answer('history/export', (params) => done(history.exportBuild(params)));
  answer('image/resolve', (params) => images.resolve(params));
  answer('layer/readDir', (params) => layers.readDir(params));
  answer('layer/stat', (params) => layers.stat(params));
  answer('layer/readFile', (params) => layers.readFile(params));
  answer('layer/changes', (params) => layers.changes(params));
  answer('layer/changesIn', (params) => layers.changesIn(params));
  answer('layer/search', (params) => layers.search(params));
  answer('layer/save', (params) => done(layers.save(params)));
  answer('layer/saveChanges', (params) => done(layers.saveChanges(params)));
  answer('image/inspect', (params, signal) => inspected.inspect(params, signal));
  answer('image/changesIn', (params) => inspected.changesIn(params));
  answer('record/predict', (params, signal) => predictPlanned(params, plans, env, signal));
  answer('record/times', (params) => timesOf(params));
  answer('record/steps', (params) => stepsOf(params, builders));
  answer('record/builds', ({ file }) => buildsOf(file));
  answer('record/fileOf', ({ id }) => fileOf(id));
  answer('record/why', (params) => whyBuilds(params));
  answer('record/compareWithNow', (params, signal) => compareWithNow(params, plans, env, signal));

  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    history.close();
    await Promise.all([openLayers.close(), images.close()]);
    builders.close();
    process.exit();
  };
  connection.onClose(() => void end());
  process.on('SIGTERM', () => void end());
  connection.listen();
}

type Handler<M extends ServiceMethod> = (
  params: ServiceRequests[M]['params'],
  signal: AbortSignal,
) => ServiceRequests[M]['result'] | Promise<ServiceRequests[M]['result']>;

function answering<M extends ServiceMethod>(
  handler: Handler<M>,
): (
  params: ServiceRequests[M]['params'],
  token: CancellationToken,
) => Promise<ServiceRequests[M]['result']> {
  return async (params, token) => {
    const stop = new AbortController();
    const cancelling = token.onCancellationRequested(() => {
      stop.abort();
    });
    try {
      return await handler(params, stop.signal);
    } catch (error) {
      throw answerOf(error);
    } finally {
      cancelling.dispose();
    }
  };
}

/** An answer that says nothing but that it is done. */
async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
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

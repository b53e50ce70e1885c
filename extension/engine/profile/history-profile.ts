/** A build of the past as launch attributes: what BuildKit's history knows of how it was made. */
import { isAbsolute, join } from 'node:path';
import { readLocalState } from '../../../proto/client/builders/buildx-store';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import { readBuildRecords } from '../records/record-store';
import { connectBuilder } from '../job/start-job';

/**
 * @param ref the build's id; the last part of one that buildx shows is enough
 * @throws BuildFailure when the history knows no such build
 * @throws ConnectError when there is no BuildKit
 */
export async function historyProfile(
  ref: string,
  builder: string | undefined,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<LaunchAttributes> {
  const id = ref.slice(ref.lastIndexOf('/') + 1);
  const own = (await readBuildRecords()).find(({ buildId }) => buildId === id);
  const connection = await connectBuilder(builder, env, signal);
  try {
    for await (const { record } of connection.control.history({
      ref: id,
      earlyExit: true,
    })) {
      if (record?.ref !== id) continue;
      const attributes = attributesOf(record.frontendAttrs);
      const source = own === undefined ? await buildxSource(id, env) : sourceOf(own.file);
      return { ...source, ...attributes };
    }
  } finally {
    connection.close();
  }
  throw new BuildFailure(`BuildKit's history has no build ${ref}.`);
}

function sourceOf(file: string): LaunchAttributes {
  return file.endsWith('.drv') ? { derivation: file } : { file };
}

/** Where buildx started a build of its own from; nothing for builds of others, and of URLs. */
async function buildxSource(id: string, env: NodeJS.ProcessEnv): Promise<LaunchAttributes> {
  const { context = '', dockerfile = '' } = (await readLocalState(env, id)) ?? {};
  if (!isAbsolute(context)) return isAbsolute(dockerfile) ? { file: dockerfile } : {};
  return { context, file: dockerfile === '' ? join(context, 'Dockerfile') : dockerfile };
}

/** The frontend's attributes by our names; folders are named by their owner, who has to say them. */
function attributesOf(attrs: ReadonlyMap<string, string>): LaunchAttributes {
  const prefixed = (prefix: string) =>
    Object.fromEntries(
      [...attrs]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value]),
    );
  const target = attrs.get('target');
  const platform = attrs.get('platform');
  const noCache = attrs.get('no-cache');
  const buildArgs = prefixed('build-arg:');
  const labels = prefixed('label:');
  const contexts = Object.fromEntries(
    Object.entries(prefixed('context:')).filter(([, value]) => !value.startsWith('local:')),
  );
  const network = attrs.get('force-network-mode');
  const hosts = attrs.get('add-hosts') ?? '';
  const ulimits = attrs.get('ulimit') ?? '';
  const shmSize = attrs.get('shm-size');
  return {
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platforms: platform.split(',') }),
    ...(Object.keys(buildArgs).length === 0 ? {} : { buildArgs }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(contexts).length === 0 ? {} : { contexts }),
    ...(network === 'none' || network === 'host' ? { networkMode: network } : {}),
    ...(hosts === '' ? {} : { extraHosts: hosts.split(',') }),
    ...(ulimits === '' ? {} : { ulimits: ulimits.split(',') }),
    ...(shmSize === undefined ? {} : { shmSize }),
    ...(noCache === undefined || noCache === '' ? {} : { noCache: noCache.split(',') }),
  };
}

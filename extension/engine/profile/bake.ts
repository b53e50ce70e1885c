/** A Bake target as launch attributes: Bake itself says what its files mean. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SecretSource } from '../../../proto/messages/build-profile';
import type { BakeSource, LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import { isRecord, list, object, table, text, truth } from './decode';

const run = promisify(execFile);
/** A Bake file may describe hundreds of targets. Bytes. */
const mostOutput = 64 * 1024 * 1024;

const decodeTarget = object(
  {},
  {
    context: text,
    dockerfile: text,
    'dockerfile-inline': text,
    target: text,
    args: table(text),
    labels: table(text),
    platforms: list(text),
    contexts: table(text),
    tags: list(text),
    'no-cache': truth,
    'no-cache-filter': list(text),
    network: text,
    shm_size: text,
    'shm-size': text,
    ulimits: list(text),
    secret: list(anySecret),
  },
);

type Secret = { readonly id: string; readonly src?: string; readonly env?: string };

/** Bake prints secrets as objects, older ones as `id=…,src=…`. */
function anySecret(value: unknown): Secret | undefined {
  const fields: Readonly<Record<string, unknown>> = isRecord(value)
    ? value
    : Object.fromEntries(
        String(value)
          .split(',')
          .map((one): [string, string] => [one.split('=')[0] ?? '', one.replace(/^[^=]*=?/, '')]),
      );
  const { id, src, env } = fields;
  if (typeof id !== 'string') return undefined;
  return {
    id,
    ...(typeof src === 'string' ? { src } : {}),
    ...(typeof env === 'string' ? { env } : {}),
  };
}

/**
 * Asks `docker buildx bake --print` for the target.
 * @throws BuildFailure with Bake's own words, or when the name is that of several targets
 */
export async function bakeProfile(
  { target, files = [] }: BakeSource,
  env: NodeJS.ProcessEnv,
  cwd: string,
  signal?: AbortSignal,
): Promise<LaunchAttributes> {
  const args = ['buildx', 'bake', '--print', ...files.flatMap((file) => ['-f', file]), target];
  const printed = await bake(args, env, cwd, signal);
  const targets: unknown = isRecord(printed) ? printed['target'] : undefined;
  const all = isRecord(targets) ? targets : {};
  const names = Object.keys(all);
  const [only = ''] = names;
  const name = names.includes(target) ? target : only;
  if (!names.includes(target) && names.length !== 1) {
    throw new BuildFailure(
      `"${target}" is ${names.length} targets, and a debugger takes one: ${names.join(', ')}.`,
    );
  }
  // The others are those that its contexts name.
  const linked = names
    .filter((one) => one !== name)
    .map((one): [string, LaunchAttributes] => [one, targetAttributes(all, one, cwd)]);
  return {
    ...targetAttributes(all, name, cwd),
    ...(linked.length === 0 ? {} : { targets: Object.fromEntries(linked) }),
  };
}

function targetAttributes(
  all: Readonly<Record<string, unknown>>,
  name: string,
  cwd: string,
): LaunchAttributes {
  return attributesOf(decodeTarget(all[name], `target.${name}`), cwd);
}

async function bake(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    const { stdout } = await run('docker', args, {
      env,
      cwd,
      maxBuffer: mostOutput,
      ...(signal === undefined ? {} : { signal }),
    });
    const printed: unknown = JSON.parse(stdout);
    return printed;
  } catch (error) {
    const said: unknown = isRecord(error) ? error['stderr'] : undefined;
    const words = typeof said === 'string' ? said.trim() : '';
    const reason = words === '' && error instanceof Error ? error.message : words;
    throw new BuildFailure(`docker buildx bake could not be asked for this target: ${reason}`);
  }
}

function attributesOf(target: ReturnType<typeof decodeTarget>, cwd: string): LaunchAttributes {
  const { args, labels, platforms, contexts, tags, ulimits, secret = [] } = target;
  if (target['dockerfile-inline'] !== undefined) {
    throw new BuildFailure('This target has its Dockerfile inside the Bake file; give it a file.');
  }
  const context = resolve(cwd, target.context ?? '.');
  const noCache = target['no-cache'] ?? target['no-cache-filter'];
  const shmSize = target['shm-size'] ?? target.shm_size;
  const network = networkModes.find((mode) => mode === target.network);
  const secrets = secret.flatMap((one): SecretSource[] => {
    if (one === undefined) return [];
    if (one.env !== undefined) return [{ id: one.id, env: one.env }];
    return one.src === undefined ? [] : [{ id: one.id, file: resolve(cwd, one.src) }];
  });
  return {
    file: join(context, target.dockerfile ?? 'Dockerfile'),
    context,
    ...(target.target === undefined ? {} : { target: target.target }),
    ...(args === undefined ? {} : { buildArgs: args }),
    ...(labels === undefined ? {} : { labels }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(contexts === undefined ? {} : { contexts }),
    ...(tags === undefined ? {} : { tags }),
    ...(ulimits === undefined ? {} : { ulimits }),
    ...(noCache === undefined ? {} : { noCache }),
    ...(shmSize === undefined ? {} : { shmSize }),
    ...(network === undefined ? {} : { networkMode: network }),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

const networkModes = ['default', 'none', 'host'] as const;

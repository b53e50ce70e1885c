/** A Bake target as launch attributes: Bake itself says what its files mean. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isRemoteContext } from '../../../language-server/dockerfile-options';
import type { BakeSource, LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import { cacheFolder, thisHost } from '../platform';
import { csvField, keyValues } from '../request/key-values';
import { type Decoder, either, isRecord, list, object, table, text, truth, whole } from './decode';
import { platformName } from './host-platform';
import { secretNamedFor } from './secret-source';

const run = promisify(execFile);
/** A Bake file may describe hundreds of targets. Bytes. */
const mostOutput = 64 * 1024 * 1024;

/** What Bake prints as an object, older ones as one line of CSV: `type=local,dest=out`. */
const specification: Decoder<string> = (value, path) =>
  typeof value === 'string' ? value : csvLine(table(text)(value, path));

/** What could be read as an expression is printed with an escape, so that Bake reads it back as it was. */
const escaped: Decoder<string> = (value, path) => text(value, path).replace(/([$%])\1\{/g, '$1{');

const decodeTarget = object(
  {},
  {
    context: text,
    dockerfile: text,
    'dockerfile-inline': escaped,
    target: text,
    args: table(escaped),
    labels: table(escaped),
    platforms: list(text),
    contexts: table(text),
    tags: list(text),
    annotations: list(escaped),
    attest: list(specification),
    'cache-from': list(specification),
    'cache-to': list(specification),
    output: list(specification),
    pull: truth,
    'no-cache': truth,
    'no-cache-filter': list(text),
    network: text,
    shm_size: text,
    'shm-size': text,
    ulimits: list(text),
    resources: table(either(text, numberText)),
    entitlements: list(text),
    'extra-hosts': table(escaped),
    secret: list(anySecret),
    ssh: list(anySsh),
  },
);

type Secret = { readonly id: string; readonly src?: string; readonly env?: string };

/** Bake prints secrets as objects, older ones as `id=…,src=…`. */
function anySecret(value: unknown): Secret | undefined {
  const fields: Readonly<Record<string, unknown>> = isRecord(value)
    ? value
    : Object.fromEntries(keyValues(String(value), 'the secret'));
  const { id, type, src = fields['source'], env = type === 'env' ? src : undefined } = fields;
  if (typeof id !== 'string') return undefined;
  return {
    id,
    ...(typeof src === 'string' ? { src } : {}),
    ...(typeof env === 'string' ? { env } : {}),
  };
}

const decodeSsh = object({ id: text }, { paths: list(text) });

/** `default` or `ID=PATH,PATH`, which newer ones print as an object. */
function anySsh(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  const { id, paths = [] } = decodeSsh(value, path);
  return paths.length === 0 ? id : `${id}=${paths.join(',')}`;
}

function numberText(value: unknown, path: string): string {
  return whole(value, path).toString();
}

function csvLine(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([key, value]) => csvField(`${key}=${value}`))
    .join(',');
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
  const linked = await Promise.all(
    names
      .filter((one) => one !== name)
      .map(async (one): Promise<[string, LaunchAttributes]> => [
        one,
        await targetAttributes(all, one, env, cwd),
      ]),
  );
  return {
    ...(await targetAttributes(all, name, env, cwd)),
    ...(linked.length === 0 ? {} : { targets: Object.fromEntries(linked) }),
  };
}

async function targetAttributes(
  all: Readonly<Record<string, unknown>>,
  name: string,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<LaunchAttributes> {
  const target = decodeTarget(all[name], `target.${name}`);
  const { context = '.', 'dockerfile-inline': inline } = target;
  const attributes = attributesOf(target, env, cwd);
  if (inline === undefined) return attributes;
  if (isRemoteContext(context)) {
    // A Dockerfile beside a remote context lies in it.
    throw new BuildFailure(
      `The target ${name} has its Dockerfile inside the Bake file and its context elsewhere; give it a file.`,
    );
  }
  return { ...attributes, file: await inlineDockerfile(inline, name, cwd) };
}

/**
 * A file with a Dockerfile that stands inside a Bake file, for the debugger to stop in. It is always
 * the same for a target, so that its breakpoints stay; read-only, since it is the Bake file that counts.
 */
async function inlineDockerfile(contents: string, target: string, cwd: string): Promise<string> {
  const hash = createHash('sha256').update(`${cwd}\0${target}`).digest('hex').slice(0, 16);
  const folder = join(
    ...[cacheFolder(thisHost()), 'inline-dockerfiles', `${encodeURIComponent(target)}-${hash}`],
  );
  const file = join(folder, 'Dockerfile');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, randomUUID());
  await writeFile(fresh, contents, { mode: 0o444 });
  await rm(file, { force: true }); // Windows replaces nothing that is read-only
  await rename(fresh, file);
  return file;
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

function attributesOf(
  target: ReturnType<typeof decodeTarget>,
  env: NodeJS.ProcessEnv,
  cwd: string,
): LaunchAttributes {
  const { args, labels, contexts, tags, annotations, attest, output, pull, ssh } = target;
  const { secret = [], resources = {}, entitlements, dockerfile = 'Dockerfile' } = target;
  const isRemote = isRemoteContext(target.context ?? '');
  const context = isRemote ? (target.context ?? '') : resolve(cwd, target.context ?? '.');
  const filter = target['no-cache-filter'] ?? [];
  const noCache = target['no-cache'] === true || (filter.length === 0 ? undefined : filter);
  const hosts = Object.entries(target['extra-hosts'] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const limits = Object.entries(resources).map(([name, value]) => `${name}=${value}`);
  const attributes: { readonly [K in keyof LaunchAttributes]: LaunchAttributes[K] | undefined } = {
    // In a remote context the Dockerfile lies in it.
    file: isRemote ? dockerfile : resolve(context, dockerfile),
    context,
    target: target.target,
    buildArgs: args,
    labels,
    platforms: target.platforms?.map(platformName),
    contexts,
    tags,
    annotations,
    attests: attest,
    outputs: output,
    cacheFrom: target['cache-from'],
    cacheTo: target['cache-to'],
    ulimits: target.ulimits,
    noCache,
    shmSize: target['shm-size'] ?? target.shm_size,
    networkMode: networkModes.find((mode) => mode === target.network),
    imageResolveMode: pull === true ? 'pull' : undefined,
    extraHosts: hosts.map(([host, address]) => `${host}=${address}`),
    resources: limits,
    allow: entitlements,
    ssh,
    secrets: secret.flatMap((one) => (one === undefined ? [] : [secretSource(one, env, cwd)])),
  };
  const given = Object.entries(attributes).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(given);
}

function secretSource({ id, src, env: name }: Secret, env: NodeJS.ProcessEnv, cwd: string) {
  if (name !== undefined) return { id, env: name };
  const source = src === undefined ? secretNamedFor(id, env) : { id, file: src };
  return 'file' in source ? { id, file: resolve(cwd, source.file) } : source;
}

const networkModes = ['default', 'none', 'host'] as const;

/**
 * What `docker buildx` keeps on disk: its builders and their nodes, which one is current for which
 * Docker endpoint, and where the builds that it started were started from.
 *
 * The folder is `BUILDX_CONFIG`, else `buildx` in Docker's configuration folder: `instances/NAME`
 * (JSON), `current` (JSON), `defaults/HASH` (the current builder's name by the endpoint's hash),
 * `refs/BUILDER/NODE/REF` (JSON). Only read here; buildx itself changes it, under its own lock.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerConfigFolder, isObject, textAt, type Env } from '../docker-config';
import { readConfigFile } from './config-file';

export type BuildxNode = {
  readonly name: string;
  /** A Docker context's name, or an address such as `unix:///…` or `tcp://…`. */
  readonly endpoint: string;
  /** Those the user gave; empty when buildx is to find out. `os/architecture[/variant]`. */
  readonly platforms: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
};

export type BuildxBuilder = {
  readonly name: string;
  /** `docker-container`, `kubernetes`, `remote`, `cloud` … */
  readonly driver: string;
  readonly nodes: readonly BuildxNode[];
};

export function buildxFolder(env: Env): string {
  return env['BUILDX_CONFIG'] ?? join(dockerConfigFolder(env), 'buildx');
}

export type BuilderRead =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly builder: BuildxBuilder }
  | { readonly state: 'broken'; readonly problem: string };

/** One builder by name; Docker contexts are builders too, but are no files here. */
export async function readBuildxBuilder(env: Env, name: string): Promise<BuilderRead> {
  // buildx files names in lower case.
  const path = join(buildxFolder(env), 'instances', name.toLowerCase());
  const file = await readConfigFile(path);
  if (file.state !== 'read') return file;
  const builder = builderOf(file.value, name);
  return typeof builder === 'string'
    ? { state: 'broken', problem: `${path}: ${builder}` }
    : { state: 'read', builder };
}

/** All builders by name, and a sentence for each file that cannot be understood. */
export async function readBuildxBuilders(
  env: Env,
): Promise<{ readonly builders: readonly BuildxBuilder[]; readonly problems: readonly string[] }> {
  const builders: BuildxBuilder[] = [];
  const problems: string[] = [];
  for (const name of await namesIn(join(buildxFolder(env), 'instances'))) {
    const read = await readBuildxBuilder(env, name);
    if (read.state === 'read') builders.push(read.builder);
    if (read.state === 'broken') problems.push(read.problem);
  }
  return { builders, problems };
}

/**
 * The name that `docker buildx use` chose for an endpoint, or for all of them; undefined for none.
 * Whether a builder of that name exists is another question.
 * @param endpoint the context's name, or the Docker host where the context is the default one
 */
export async function chosenBuildxBuilder(
  env: Env,
  endpoint: string,
): Promise<{ readonly name?: string; readonly problem?: string }> {
  const folder = buildxFolder(env);
  const file = await readConfigFile(join(folder, 'current'));
  if (file.state === 'broken') return { problem: file.problem };
  const current = file.state === 'read' ? file.value : {};
  const name = textAt(current, 'Name') ?? '';
  if (name !== '' && (current['Global'] === true || textAt(current, 'Key') === endpoint)) {
    return { name };
  }
  const hash = createHash('sha256').update(endpoint).digest('hex').slice(0, 20);
  try {
    const remembered = (await readFile(join(folder, 'defaults', hash), 'utf8')).trim();
    return remembered === '' ? {} : { name: remembered };
  } catch {
    // Most endpoints have none.
    return {};
  }
}

/** Where a build was started from, as buildx remembers it on the machine that started it. */
export type LocalState = {
  readonly target: string;
  /** The context: a folder, a URL, or `-`. */
  readonly context: string;
  /** The Dockerfile's path; empty for the one in the context. */
  readonly dockerfile: string;
};

/** By the build's ref; undefined for builds of other machines and of other clients. */
export async function readLocalState(env: Env, ref: string): Promise<LocalState | undefined> {
  if (!/^[a-z0-9]+$/.test(ref)) return undefined;
  const refs = join(buildxFolder(env), 'refs');
  for (const builder of await namesIn(refs)) {
    for (const node of await namesIn(join(refs, builder))) {
      const file = await readConfigFile(join(refs, builder, node, ref));
      if (file.state !== 'read') continue;
      return {
        target: textAt(file.value, 'Target') ?? '',
        context: textAt(file.value, 'LocalPath') ?? '',
        dockerfile: textAt(file.value, 'DockerfilePath') ?? '',
      };
    }
  }
  return undefined;
}

/** Empty when the folder is not there: then there is nothing of that kind. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

/** The builder, or what is wrong with it. */
function builderOf(value: Readonly<Record<string, unknown>>, fileName: string) {
  const driver = textAt(value, 'Driver');
  if (driver === undefined || driver === '') return 'it names no driver.';
  const listed: unknown = value['Nodes'] ?? [];
  if (!Array.isArray(listed)) return 'its nodes are no list.';
  const nodes = listed.map((node: unknown) => nodeOf(node));
  if (nodes.length === 0) return 'it has no nodes.';
  if (!nodes.every((node) => node !== undefined)) return 'a node has no name or no endpoint.';
  return { name: textAt(value, 'Name') ?? fileName, driver, nodes };
}

function nodeOf(value: unknown): BuildxNode | undefined {
  if (!isObject(value)) return undefined;
  const name = textAt(value, 'Name');
  // kubernetes builders may have no endpoint: it is in the kubeconfig.
  const endpoint = textAt(value, 'Endpoint') ?? '';
  if (name === undefined) return undefined;
  const platforms: unknown = value['Platforms'];
  const options: unknown = value['DriverOpts'];
  return {
    name,
    endpoint,
    platforms: Array.isArray(platforms) ? platforms.flatMap((one: unknown) => platformOf(one)) : [],
    driverOptions: Object.fromEntries(
      Object.entries(isObject(options) ? options : {}).flatMap(([key, option]) =>
        typeof option === 'string' ? [[key, option]] : [],
      ),
    ),
  };
}

/** In OCI's JSON form. */
function platformOf(value: unknown): string[] {
  const os = textAt(value, 'os');
  const architecture = textAt(value, 'architecture');
  if (os === undefined || architecture === undefined) return [];
  const variant = textAt(value, 'variant');
  return [[os, architecture, ...(variant === undefined ? [] : [variant])].join('/')];
}

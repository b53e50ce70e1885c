/**
 * The builders there are to choose from: what `BUILDKIT_HOST` names, Docker's contexts, and the
 * builders of `docker buildx`. Read from their own files; nobody is asked whether they answer.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatAddress } from './address';
import { defaultBuilder, dockerAddress, type DefaultBuilder } from './default-builder';
import { dockerConfigFolder, readContext, readJsonObject, textAt, type Env } from './docker-config';

export type ListedBuilder = {
  /** What chooses it: an address, or the name of a buildx builder. */
  readonly builder: string;
  readonly name: string;
  /** buildx's word for how it runs: `docker`, `docker-container`, `remote` …; `buildkitd` for an address. */
  readonly driver: string;
  /** The endpoint behind a buildx builder; absent where there are several or none is known. */
  readonly address?: string;
  /** The default choice. */
  readonly current: boolean;
};

const drivers: Readonly<Record<DefaultBuilder['origin'], string>> = {
  BUILDKIT_HOST: 'buildkitd',
  buildx: 'buildx',
  DOCKER_HOST: 'docker',
  'docker-context': 'docker',
  'docker-default': 'docker',
};

/** The default choice first, then the others by name. @throws AddressError as {@link defaultBuilder} */
export async function listBuilders(env: Env = process.env): Promise<ListedBuilder[]> {
  const chosen = await defaultBuilder(env);
  const builder = builderText(chosen);
  const others = [...(await dockerContexts(env)), ...(await buildxBuilders(env))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  // A default that is listed anyway is described better there.
  const same = others.find((one) => one.builder === builder);
  const first: ListedBuilder = {
    ...(same ?? { builder, name: chosen.name, driver: drivers[chosen.origin], address: builder }),
    current: true,
  };
  return [first, ...others.filter((one) => one !== same)];
}

function builderText({ address }: DefaultBuilder): string {
  return address.kind === 'buildx' ? address.name : formatAddress(address);
}

async function dockerContexts(env: Env): Promise<ListedBuilder[]> {
  const folder = join(dockerConfigFolder(env), 'contexts', 'meta');
  const listed: ListedBuilder[] = [];
  for (const id of await namesIn(folder)) {
    const name = textAt(await readJsonObject(join(folder, id, 'meta.json')), 'Name');
    const context = name === undefined ? undefined : await readContext(env, name);
    if (name === undefined || context === undefined) continue;
    const address = dockerAddress(context.host, context.tls, name);
    const builder = address.kind === 'buildx' ? address.name : formatAddress(address);
    listed.push({ builder, name, driver: 'docker', address: context.host, current: false });
  }
  return listed;
}

async function buildxBuilders(env: Env): Promise<ListedBuilder[]> {
  const config = env['BUILDX_CONFIG'] ?? join(dockerConfigFolder(env), 'buildx');
  const folder = join(config, 'instances');
  const listed: ListedBuilder[] = [];
  for (const name of await namesIn(folder)) {
    const instance = await readJsonObject(join(folder, name));
    const driver = textAt(instance, 'Driver');
    if (instance === undefined || driver === undefined) continue;
    const nodes = Array.isArray(instance['Nodes']) ? instance['Nodes'] : [];
    const endpoint = nodes.length === 1 ? textAt(nodes[0], 'Endpoint') : undefined;
    listed.push({
      builder: name,
      name,
      driver,
      ...(endpoint === undefined ? {} : { address: endpoint }),
      current: false,
    });
  }
  return listed;
}

/** Empty when the folder is not there: then Docker has nothing of that kind. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

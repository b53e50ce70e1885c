/**
 * The builders there are to choose from: what `BUILDKIT_HOST` names, Docker's contexts, the
 * builders of `docker buildx`, and engines that listen on this machine. Read from their own files;
 * nobody is asked whether they answer.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AddressError, formatAddress } from '../address';
import { ConnectError } from '../connect-error';
import { dockerConfigFolder, readContext, textAt, type Env } from '../docker-config';
import { buildxFolder, namesIn, readBuildxBuilders, type BuildxBuilder } from './buildx-store';
import { readConfigFile } from './config-file';
import { defaultBuilder, type DefaultBuilder } from './default-builder';
import { dockerAddress } from './docker-address';
import { localEngines } from './local-engines';

export type ListedNode = {
  readonly name: string;
  readonly endpoint: string;
  /** Those the user gave, `os/architecture[/variant]`. */
  readonly platforms: readonly string[];
};

export type ListedBuilder = {
  /** What chooses it: an address, or the name of a buildx builder. */
  readonly builder: string;
  readonly name: string;
  /** buildx's word for how it runs: `docker`, `docker-container`, `remote` …; `buildkitd` for an address. */
  readonly driver: string;
  /** The endpoint behind a buildx builder; absent where there are several or none is known. */
  readonly address?: string;
  /** The nodes of a builder of buildx. */
  readonly nodes?: readonly ListedNode[];
  /** The default choice. */
  readonly current: boolean;
};

export type BuilderList = {
  readonly builders: readonly ListedBuilder[];
  /** What could not be read: sentences that name the file. */
  readonly problems: readonly string[];
};

const drivers: Readonly<Record<DefaultBuilder['origin'], string>> = {
  BUILDKIT_HOST: 'buildkitd',
  buildx: 'buildx',
  DOCKER_HOST: 'docker',
  'docker-context': 'docker',
  'docker-default': 'docker',
};

type Found = { readonly builders: readonly ListedBuilder[]; readonly problems: readonly string[] };

/** The default choice first, then the others by name. */
export async function listBuilders(
  env: Env = process.env,
  home: string = env['HOME'] ?? homedir(),
): Promise<BuilderList> {
  const [contexts, buildx, engines] = await Promise.all([
    dockerContexts(env),
    buildxBuilders(env),
    enginesHere(env, home),
  ]);
  const named = [...contexts.builders, ...buildx.builders].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const known = new Set(named.map(({ builder }) => builder));
  const others = [...named, ...engines.filter(({ builder }) => !known.has(builder))];
  const problems = [...(await brokenConfiguration(env)), ...contexts.problems, ...buildx.problems];
  let chosen: DefaultBuilder;
  try {
    chosen = await defaultBuilder(env);
  } catch (error) {
    if (!(error instanceof AddressError || error instanceof ConnectError)) throw error;
    const problem = error instanceof ConnectError ? error.detail : error.message;
    return { builders: others, problems: [...new Set([problem, ...problems])] };
  }
  const builder = builderText(chosen);
  // A default that is listed anyway is described better there.
  const same = others.find((one) => one.builder === builder);
  const first: ListedBuilder = {
    ...(same ?? { builder, name: chosen.name, driver: drivers[chosen.origin], address: builder }),
    current: true,
  };
  return { builders: [first, ...others.filter((one) => one !== same)], problems };
}

function builderText({ address }: DefaultBuilder): string {
  return address.kind === 'buildx' ? address.name : formatAddress(address);
}

async function brokenConfiguration(env: Env): Promise<string[]> {
  const files = [join(dockerConfigFolder(env), 'config.json'), join(buildxFolder(env), 'current')];
  const read = await Promise.all(files.map(readConfigFile));
  return read.flatMap((file) => (file.state === 'broken' ? [file.problem] : []));
}

async function dockerContexts(env: Env): Promise<Found> {
  const folder = join(dockerConfigFolder(env), 'contexts', 'meta');
  const builders: ListedBuilder[] = [];
  const problems: string[] = [];
  for (const id of await namesIn(folder)) {
    const path = join(folder, id, 'meta.json');
    const file = await readConfigFile(path);
    if (file.state === 'broken') problems.push(file.problem);
    const name = file.state === 'read' ? textAt(file.value, 'Name') : undefined;
    const context = name === undefined ? undefined : await readContext(env, name);
    if (name === undefined || context === undefined) continue;
    try {
      const builder = formatAddress(dockerAddress(context.host, context.tls));
      builders.push({ builder, name, driver: 'docker', address: context.host, current: false });
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      problems.push(`${path}: ${error.message}`);
    }
  }
  return { builders, problems };
}

async function buildxBuilders(env: Env): Promise<Found> {
  const { builders, problems } = await readBuildxBuilders(env);
  return { builders: builders.map(listed), problems };
}

function listed({ name, driver, nodes }: BuildxBuilder): ListedBuilder {
  const [only, ...more] = nodes;
  const endpoint = more.length === 0 ? only?.endpoint : undefined;
  return {
    builder: name,
    name,
    driver,
    ...(endpoint !== undefined && endpoint !== '' && { address: endpoint }),
    nodes: nodes.map((node) => ({
      name: node.name,
      endpoint: node.endpoint,
      platforms: node.platforms,
    })),
    current: false,
  };
}

async function enginesHere(env: Env, home: string): Promise<ListedBuilder[]> {
  const engines = await localEngines(process.platform, env, home);
  return engines.map(({ name, address }) => ({
    builder: formatAddress(address),
    name,
    driver: address.kind === 'unix' ? 'buildkitd' : 'docker',
    address: formatAddress(address),
    current: false,
  }));
}

/** The flags of the build command as a build profile. */
import { join } from 'node:path';
import {
  dockerConfigFolder,
  isObject,
  readJsonObject,
  textAt,
  type Env,
} from '../../../proto/client/docker-config';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { attestationText } from '../../engine/request/attestations';
import { csvFields, keyValues, parseTruth } from '../../engine/request/key-values';
import { limitNames } from '../../engine/request/resource-limits';
import { parseProfile, ProfileError } from '../../engine/profile/profile';
import { CliError, ExitCode } from '../exit-code';
import { profileOf } from '../profile-options';
import { type BuildFlags, camelCase } from './build-flags';
import { requireNoPolicy } from './policy';

/** @throws CliError (usage) when the flags make no profile */
export async function buildProfile(
  context: string | undefined,
  flags: BuildFlags,
  env: Env,
): Promise<LaunchAttributes> {
  requireNoPolicy(flags.policy);
  try {
    const wanted = await wantedProfile(context, flags, env);
    if (wanted.context === undefined && wanted.file === undefined) {
      throw new ProfileError('name the context to build, for example: llb-lens build .');
    }
    return parseProfile(wanted);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw new CliError(ExitCode.usage, error.message);
  }
}

async function wantedProfile(context: string | undefined, flags: BuildFlags, env: Env) {
  const base = profileOf(flags);
  const attests = [
    ...flags.attest,
    ...(flags.provenance ? [attestationText('provenance', flags.provenance)] : []),
    ...(flags.sbom ? [attestationText('sbom', flags.sbom)] : []),
  ];
  const outputs = outputsOf(flags);
  const list = (name: string, values: readonly string[]) =>
    values.length === 0 ? {} : { [name]: values };
  const policy = env['EXPERIMENTAL_BUILDKIT_SOURCE_POLICY'];
  const epoch = env['SOURCE_DATE_EPOCH'];
  const platform = env['DOCKER_DEFAULT_PLATFORM'];
  return {
    ...(platform ? { platforms: platform.split(',') } : {}),
    ...(policy ? { sourcePolicy: policy } : {}),
    ...base,
    buildArgs: {
      ...without(await proxyArguments(env), base.buildArgs ?? {}),
      ...(epoch ? { SOURCE_DATE_EPOCH: epoch } : {}),
      ...base.buildArgs,
    },
    ...(context === undefined ? {} : { context }),
    ...(flags.file === undefined ? {} : { file: flags.file }),
    ...(flags.builder === undefined ? {} : { builder: flags.builder }),
    ...list('tags', flags.tag),
    ...list('outputs', outputs),
    ...list('attests', attests),
    ...list('annotations', flags.annotation),
    ...list('cacheFrom', flags.cacheFrom),
    ...list('cacheTo', flags.cacheTo),
    ...list('ssh', flags.ssh),
    ...list('allow', flags.allow),
    ...list('resources', limitsOf(flags)),
  };
}

/** The limits of old flags and of `--resource`, which wins. */
function limitsOf(given: BuildFlags & Readonly<Record<string, unknown>>): string[] {
  const old = limitNames.flatMap((name) => {
    const value = given[camelCase(name)];
    return typeof value === 'string' ? [`${name}=${value}`] : [];
  });
  return [...old, ...given.resource];
}

/** `--push` and `--load` change the outputs that can be pushed and loaded, or add one. */
function outputsOf({ output, push, load }: BuildFlags): string[] {
  let outputs = [...output];
  if (push) {
    const images = outputs.map((text) => isOf(text, 'image'));
    outputs = images.includes(true)
      ? outputs.map((text, at) => (images[at] === true ? pushed(text) : text))
      : [...outputs, 'type=registry'];
  }
  const loads = outputs.some((text) => isOf(text, 'docker') && !/(^|,)dest=/.test(text));
  return load && !loads ? [...outputs, 'type=docker'] : outputs;
}

/** Not unpacked in the builder's own image store unless the output says so, as from buildx 0.31 on. */
function pushed(image: string): string {
  const unpacks = keyValues(image, 'the output').has('unpack');
  return `${image},push=true${unpacks ? '' : ',unpack=false'}`;
}

function isOf(text: string, type: string): boolean {
  const [first = ''] = csvFields(text);
  return first.includes('=') && keyValues(text, 'the output').get('type') === type;
}

/** Whether an archive of this profile goes to standard output, which is then no place for words. */
export function writesToStdout({ outputs = [] }: LaunchAttributes): boolean {
  return outputs.some((text) => {
    if (text === '-') return true;
    if (!text.includes('=')) return false;
    const fields = keyValues(text, 'the output');
    const dest = fields.get('dest') ?? fields.get('destination');
    const isArchive = ['tar', 'oci'].includes(fields.get('type') ?? '');
    return (
      dest === '-' ||
      (isArchive && dest === undefined && parseTruth(fields.get('tar') ?? '') !== false)
    );
  });
}

/** Names in any case: who sets `HTTP_PROXY` has set `http_proxy` too. */
function without(
  proxies: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  return Object.fromEntries(
    Object.entries(proxies).filter(([name]) => !names.has(name.toLowerCase())),
  );
}

/** Proxies of Docker's configuration, which `docker build` hands to every build. */
async function proxyArguments(env: Env): Promise<Record<string, string>> {
  const config = await readJsonObject(join(dockerConfigFolder(env), 'config.json'));
  const host = env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const proxies = isObject(config) && isObject(config['proxies']) ? config['proxies'] : {};
  // Those of a host are all that count there; none of the others is added.
  const own = host in proxies ? host : 'default';
  return Object.fromEntries(
    Object.entries(proxyNames).flatMap(([key, name]) => {
      const value = textAt(proxies, own, key);
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/** Keys of Docker's configuration, and the arguments that they become. */
const proxyNames = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  ftpProxy: 'FTP_PROXY',
  noProxy: 'NO_PROXY',
};

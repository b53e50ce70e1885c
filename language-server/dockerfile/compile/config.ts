/** Frontend attributes → what the compiler works with, checked in BuildKit's order. */
import type { LinuxResources } from '../../../proto/model/definition';
import type { ExecMeta, NetMode, Platform } from '../../../proto/model/op';
import { parseLintConfig, type LintConfig } from '../lint/linter';
import type { Supports } from '../llb/capabilities';
import type { ResolveMode } from '../llb/source';
import { canonicalIp } from '../names/ip-address';
import { normalizePlatform, parsePlatform } from '../names/platform';
import { csvFields } from '../text/csv';
import { cut, equalFold, parseBool, quote, toLower, trimSpace } from '../text/go';
import { parseInteger } from '../text/go-numbers';
import { sbomScanner } from './attestations';
import { withPrefix } from './attributes';
import { checkCacheImports } from './cache-imports';
import { because } from './failure';
import { hasFeature } from './frontend-features';
import { neutralSession, type CompileOptions } from './options';

export type Config = {
  readonly options: CompileOptions;
  readonly attributes: ReadonlyMap<string, string>;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly buildPlatforms: readonly [Platform, ...Platform[]];
  /** Empty: the build platform counts. */
  readonly targetPlatforms: readonly Platform[];
  readonly multiPlatform: boolean;
  readonly target: string;
  readonly imageResolveMode: ResolveMode;
  readonly extraHosts: ExecMeta['extraHosts'];
  readonly shmSize: number;
  readonly ulimits: ExecMeta['ulimits'];
  readonly linuxResources?: LinuxResources;
  readonly network: NetMode;
  readonly cacheNamespace: string;
  readonly cgroupParent: string;
  readonly hostname: string;
  readonly lint?: LintConfig;
  /** The image that scans the result for an SBOM. */
  readonly sbomScanner?: string;
  readonly session: string;
  /** Sessions of single local sources, by their name. */
  readonly localSessions: ReadonlyMap<string, string>;
  readonly supports: Supports;
  /** Whether a stage is built without the cache. */
  readonly ignoresCache: (stage: string) => boolean;
};

/** @throws Error with BuildKit's message for an option that it refuses. */
export function readConfig(
  options: CompileOptions,
  attributes: ReadonlyMap<string, string>,
): Config {
  const get = (key: string): string => attributes.get(key) ?? '';
  const missing = new Set<string>(options.disableCaps);
  if (missing.has('file.base')) {
    throw new Error(
      'needs BuildKit 0.5 or later: requested prerelease feature file.base  is not supported by build server, please update ',
    );
  }
  refuseRemoved(attributes);
  const targetPlatforms = platforms(get('platform'));
  const imageResolveMode = resolveMode(get('image-resolve-mode'));
  const extraHosts = explained('failed to parse additional hosts', () => hosts(get('add-hosts')));
  const shmSize = explained('failed to parse shm size', () => shm(get('shm-size')));
  const ulimits = explained('failed to parse ulimit', () => ulimitList(get('ulimit')));
  const linuxResources = explained('failed to parse resource limits', () => resources(get));
  const network = networkMode(get('force-network-mode'));
  const multiPlatform = isMultiPlatform(attributes, targetPlatforms.length);
  if (!hasFeature(options.frontendRelease, 'epochSource')) {
    checkEpoch(get('build-arg:SOURCE_DATE_EPOCH'));
  }
  const imports = get('cache-imports');
  explained(`failed to unmarshal cache-imports (${quote(imports)})`, () => {
    checkCacheImports(imports);
  });
  const scanner = sbomScanner(attributes);
  const check = attributes.get('build-arg:BUILDKIT_DOCKERFILE_CHECK');
  const lint =
    check === undefined
      ? undefined
      : explained('failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK', () =>
          parseLintConfig(check),
        );
  const [firstBuild = 'linux/amd64', ...otherBuild] = options.buildPlatforms ?? [];
  const sandboxHostname = get('build-arg:BUILDKIT_SANDBOX_HOSTNAME');
  return {
    options,
    attributes,
    buildArgs: withPrefix(attributes, 'build-arg:'),
    labels: withPrefix(attributes, 'label:'),
    buildPlatforms: [parsePlatform(firstBuild), ...otherBuild.map(parsePlatform)],
    targetPlatforms,
    multiPlatform,
    target: get('target'),
    imageResolveMode,
    extraHosts,
    shmSize,
    ulimits,
    ...(linuxResources && { linuxResources }),
    network,
    cacheNamespace: get('build-arg:BUILDKIT_CACHE_MOUNT_NS'),
    cgroupParent: get('cgroup-parent'),
    hostname: sandboxHostname === '' ? get('hostname') : sandboxHostname,
    ...(lint && { lint }),
    ...(scanner !== undefined && { sbomScanner: scanner }),
    session: options.session ?? neutralSession,
    localSessions: withPrefix(attributes, 'local-sessionid:'),
    supports: (capability) => !missing.has(capability),
    ignoresCache: ignoresCache(attributes.get('no-cache')),
  };
}

/** Older frontends take a number only, and look at it first of all. */
function checkEpoch(text: string): void {
  if (text !== '')
    explained(`invalid SOURCE_DATE_EPOCH: ${text}`, () => parseInteger(text, 10, 64));
}

function explained<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw because(prefix, error);
  }
}

function refuseRemoved(attributes: ReadonlyMap<string, string>): void {
  if ((attributes.get('override-copy-image') ?? '') !== '') {
    throw new Error('support for "override-copy-image" was removed in BuildKit 0.11');
  }
  if (parseBool(attributes.get('build-arg:BUILDKIT_DISABLE_FILEOP') ?? '') === true) {
    throw new Error('support for "BUILDKIT_DISABLE_FILEOP" build-arg was removed in BuildKit 0.11');
  }
}

function platforms(text: string): Platform[] {
  if (text === '') return [];
  return text
    .split(',')
    .map((item) =>
      explained(`failed to parse target platform ${item}`, () =>
        normalizePlatform(parsePlatform(item)),
      ),
    );
}

function resolveMode(text: string): ResolveMode {
  if (text === '' || text === 'default') return 'default';
  if (text === 'pull' || text === 'local') return text;
  throw new Error(`invalid image-resolve-mode: ${text}`);
}

function hosts(text: string): { host: string; ip: string }[] {
  if (text === '') return [];
  return csvFields(text).map((field) => {
    const [host, address, found] = cut(toLower(field), '=');
    if (!found) throw new Error(`invalid key-value pair ${field}`);
    const ip = canonicalIp(address);
    if (ip === undefined) throw new Error(`failed to parse IP ${address}`);
    return { host, ip };
  });
}

function shm(text: string): number {
  return text === '' ? 0 : Number(parseInteger(text, 10, 64));
}

const ulimitNames = new Set(
  (
    'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending ' +
    'stack'
  ).split(' '),
);

function ulimitList(text: string): { name: string; soft: number; hard: number }[] {
  if (text === '') return [];
  return csvFields(text).map((field) => {
    const [name, limits, found] = cut(field, '=');
    if (!found) throw new Error(`invalid ulimit argument: ${field}`);
    if (!ulimitNames.has(name)) throw new Error(`invalid ulimit type: ${name}`);
    const values = limits.split(':');
    if (values.length > 2) {
      throw new Error(
        `too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``,
      );
    }
    const [softText = '', hardText = softText] = values;
    const hard = parseInteger(hardText, 10, 64);
    const soft = parseInteger(softText, 10, 64);
    checkLimits(soft, hard);
    return { name, soft: Number(soft), hard: Number(hard) };
  });
}

function checkLimits(soft: bigint, hard: bigint): void {
  if (hard === -1n) return;
  const rule = 'ulimit soft limit must be less than or equal to hard limit:';
  if (soft === -1n) throw new Error(`${rule} soft: -1 (unlimited), hard: ${hard.toString()}`);
  if (soft > hard) throw new Error(`${rule} ${soft.toString()} > ${hard.toString()}`);
}

function resources(get: (key: string) => string): LinuxResources | undefined {
  const positive = (key: string, unsigned = false): bigint | undefined => {
    const text = get(key);
    if (text === '') return undefined;
    const value = explained(`invalid ${key} value: ${text}`, () =>
      parseInteger(text, 10, 64, unsigned ? 'ParseUint' : 'ParseInt'),
    );
    if (value <= 0n) throw new Error(`invalid ${key} value: ${text}: must be > 0`);
    return value;
  };
  const swap = (): bigint | undefined => {
    const text = get('memswap');
    if (text === '') return undefined;
    const value = explained(`invalid memswap value: ${text}`, () => parseInteger(text, 10, 64));
    if (value < -1n || value === 0n) {
      throw new Error(`invalid memswap value: ${text}: must be -1 (unlimited) or > 0`);
    }
    return value;
  };
  const cpus = (key: string): string | undefined => {
    const text = get(key);
    if (text === '') return undefined;
    explained(`invalid ${key} value: ${text}`, () => checkCpuSet(text));
    return text;
  };
  const fields = {
    memory: positive('memory'),
    memorySwap: swap(),
    cpuShares: positive('cpushares', true),
    cpuPeriod: positive('cpuperiod', true),
    cpuQuota: positive('cpuquota'),
    cpusetCpus: cpus('cpusetcpus'),
    cpusetMems: cpus('cpusetmems'),
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

const maxCpu = 8192n;

function checkCpuSet(text: string): void {
  for (const part of text.split(',').map(trimSpace)) {
    if (part === '') continue;
    const [first, last, isRange] = cut(part, '-');
    const numbers = (isRange ? [first, last] : [part]).map((item) => {
      try {
        return parseInteger(isRange ? trimSpace(item) : item, 10, 64, 'Atoi');
      } catch {
        return -1n; // Reported below with BuildKit's words.
      }
    });
    const [low = -1n, high = low] = numbers;
    const what = isRange ? 'range' : 'element';
    if (low < 0n || high < low) throw new Error(`invalid cpuset ${what} ${quote(part)}`);
    if (high > maxCpu) {
      throw new Error(`cpuset ${what} ${quote(part)} exceeds maximum ${maxCpu.toString()}`);
    }
  }
}

const networkModes: ReadonlyMap<string, NetMode> = new Map([
  ['', 'unset'],
  ['sandbox', 'unset'],
  ['none', 'none'],
  ['host', 'host'],
]);

function networkMode(text: string): NetMode {
  const mode = networkModes.get(text);
  if (mode === undefined) throw new Error(`invalid netmode ${text}`);
  return mode;
}

function isMultiPlatform(attributes: ReadonlyMap<string, string>, targets: number): boolean {
  const argument = attributes.get('build-arg:BUILDKIT_MULTI_PLATFORM') ?? '';
  const text = argument === '' ? (attributes.get('multi-platform') ?? '') : argument;
  if (text === '') return targets > 1;
  const value = parseBool(text);
  if (value === undefined) throw new Error(`invalid boolean value for multi-platform: ${text}`);
  if (!value && targets > 1) {
    throw new Error('conflicting config: returning multiple target platforms is not allowed');
  }
  return value;
}

function ignoresCache(attribute: string | undefined): (stage: string) => boolean {
  if (attribute === undefined) return () => false;
  if (attribute === '') return () => true;
  const names = attribute.split(',');
  return (stage) => names.some((name) => equalFold(name, stage));
}

/** The session that has the client's folder of a name. */
export function sessionWith({ localSessions, session }: Config, name: string): string {
  return localSessions.get(name) ?? session;
}

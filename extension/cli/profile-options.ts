/**
 * The options that say how a file is built, shared by `llb`, `check` and `build`: the names are
 * those of `docker build`, the result is a build profile.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { extraHosts } from '../../language-server/dockerfile-options';
import {
  familiarReference,
  parseNormalized,
} from '../../language-server/dockerfile/names/image-reference';
import type { BuildProfile, SecretSource } from '../../proto/messages/build-profile';
import { platformName } from '../engine/profile/host-platform';
import { ProfileError } from '../engine/profile/profile';
import { secretNamedFor } from '../engine/profile/secret-source';
import { csvFields, keyValues } from '../engine/request/key-values';
import { CliError, ExitCode } from './exit-code';
import { repeated } from './repeated';

/** What commander collects for {@link addProfileOptions}. */
export type ProfileFlags = {
  readonly options?: string;
  readonly target?: string;
  readonly buildArg: readonly string[];
  readonly label: readonly string[];
  readonly platform: readonly string[];
  readonly buildContext: readonly string[];
  readonly addHost: readonly string[];
  readonly ulimit: readonly string[];
  readonly secret: readonly string[];
  /** commander's spelling of `--no-cache-filter`. */
  readonly cacheFilter: readonly string[];
  /** commander's spelling of `--no-cache`: false when it was given. */
  readonly cache: boolean;
  readonly network?: string;
  readonly shmSize?: string;
  readonly cgroupParent?: string;
  readonly pull: boolean;
};

const commaSeparated = (value: string, previous: readonly string[]): string[] => [
  ...previous,
  ...value.split(',').filter((part) => part !== ''),
];

/** Adds the profile's options to a command. */
export function addProfileOptions(command: Command): Command {
  return command
    .option('--options <file>', 'build profile as JSON; options given here win over it')
    .option('--target <stage>', 'stage to build')
    .option('--build-arg <name=value>', 'set a build argument (repeatable)', repeated, [])
    .option('--label <name=value>', 'set a label of the image (repeatable)', repeated, [])
    .option('--platform <list>', 'target platforms, e.g. linux/arm64', commaSeparated, [])
    .option('--build-context <name=value>', 'named context (repeatable)', repeated, [])
    .option('--add-host <host:ip>', 'line for /etc/hosts of every step (repeatable)', repeated, [])
    .option('--ulimit <name=soft:hard>', 'ulimit of every step (repeatable)', repeated, [])
    .option('--secret <spec>', 'id=ID,src=FILE or id=ID,env=NAME (repeatable)', repeated, [])
    .option('--no-cache', 'run every step again')
    .option('--no-cache-filter <stages>', 'run the steps of these stages again', commaSeparated, [])
    .option('--network <mode>', 'network of RUN steps: default, none or host')
    .option('--shm-size <size>', 'size of /dev/shm, e.g. 64m')
    .option('--cgroup-parent <path>', 'parent cgroup of every step')
    .option('--pull', 'look for newer base images', false);
}

/**
 * The profile that the flags and the `--options` file spell.
 * @throws CliError (usage) naming the flag that is malformed
 */
export function profileOf(flags: ProfileFlags): Record<string, unknown> & BuildProfile {
  if (!flags.cache && flags.cacheFilter.length > 0) {
    throw usage('--no-cache and --no-cache-filter exclude each other');
  }
  const base = flags.options === undefined ? {} : readJsonObject(flags.options, '--options');
  const merged = (name: string, flag: string, values: readonly string[]) => {
    const own = pairs(flag, values);
    if (Object.keys(own).length === 0) return {};
    return { [name]: { ...recordAt(base, name), ...own } };
  };
  const list = (name: string, values: readonly string[]) =>
    values.length === 0 ? {} : { [name]: values };
  const single = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value });
  return {
    ...base,
    ...single('target', flags.target),
    ...merged('buildArgs', '--build-arg', flags.buildArg),
    ...merged('labels', '--label', flags.label),
    ...list('platforms', flags.platform.map(platformName)),
    ...merged(
      'contexts',
      '--build-context',
      flags.buildContext.filter((text) => text !== '').map(namedAsLookedUp),
    ),
    ...list('extraHosts', flags.addHost.flatMap(hostAndAddress)),
    ...list('ulimits', flags.ulimit),
    ...(flags.secret.length === 0 ? {} : { secrets: flags.secret.map(secretOf) }),
    ...single('networkMode', networkMode(flags.network)),
    ...single('shmSize', flags.shmSize),
    ...single('cgroupParent', flags.cgroupParent),
    ...(flags.pull ? { imageResolveMode: 'pull' as const } : {}),
    ...list('noCache', flags.cacheFilter),
    ...(flags.cache ? {} : { noCache: true }),
  };
}

/** A JSON object from a file. @throws CliError (usage) when it cannot be read or is none */
export function readJsonObject(path: string, flag: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(`${flag}: ${path}: ${reason}`);
  }
  if (!isObject(value)) throw usage(`${flag}: ${path} must hold a JSON object`);
  return value;
}

/** A build argument without a value means that of the environment, a label without one is empty. */
function pairs(flag: string, values: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const text of values) {
    const equals = text.indexOf('=');
    if (equals === 0 || (equals < 0 && flag !== '--build-arg' && flag !== '--label')) {
      throw usage(`${flag} ${text}: write NAME=VALUE`);
    }
    if (equals > 0) out[text.slice(0, equals)] = text.slice(equals + 1);
    else if (flag === '--label') out[text] = '';
    else if (process.env[text] !== undefined) out[text] = process.env[text];
  }
  return out;
}

/** The frontend looks contexts up by the short form of an image's name, without `:latest`. */
function namedAsLookedUp(text: string): string {
  const [name = '', ...value] = text.split('=');
  if (name === '' || value.length === 0) return text;
  try {
    const short = familiarReference(parseNormalized(name)).replace(/:latest$/, '');
    return [short, ...value].join('=');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(`--build-context ${text}: ${name} is no name for a context: ${reason}`);
  }
}

/** One line of CSV; the frontend's `add-hosts` wants `host=ip`, `docker build` takes `host:ip` too. */
function hostAndAddress(text: string): string[] {
  return readable(`--add-host ${text}`, () => csvFields(text)).flatMap((field) => {
    const hosts = extraHosts(field);
    if (hosts === undefined) throw usage(`--add-host ${field}: write HOST:IP`);
    return hosts;
  });
}

const secretKeys: ReadonlySet<string> = new Set(['id', 'type', 'src', 'source', 'env']);

/** `id=ID[,type=file|env][,src=FILE][,env=NAME]` in CSV; without a source the id names it. */
function secretOf(text: string): SecretSource {
  const how = 'write id=ID,src=FILE or id=ID,env=NAME';
  const fields = readable(`--secret ${text}: ${how}`, () => keyValues(text, 'the secret'));
  for (const key of fields.keys()) {
    if (!secretKeys.has(key)) throw usage(`--secret ${text}: there is no "${key}"; ${how}`);
  }
  const type = fields.get('type') ?? 'file';
  if (type !== 'file' && type !== 'env') {
    throw usage(`--secret ${text}: the type is file or env, not "${type}"`);
  }
  const file = fields.get('src') ?? fields.get('source');
  const env = fields.get('env');
  const { id } = Object.fromEntries(fields);
  if (id === undefined || id === '') throw usage(`--secret ${text}: the id is missing`);
  if (env !== undefined) return { id, env };
  if (type === 'env' && file !== undefined) return { id, env: file };
  return file === undefined ? secretNamedFor(id, process.env) : { id, file };
}

/** @throws CliError (usage) beginning with `what` where a text cannot be read */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw usage(`${what}: ${error.message}`);
  }
}

function networkMode(text: string | undefined): BuildProfile['networkMode'] {
  if (text === undefined || text === 'default' || text === 'none' || text === 'host') return text;
  throw usage(`--network ${text}: use default, none or host`);
}

function recordAt(value: Record<string, unknown>, name: string): Record<string, unknown> {
  const found = value[name];
  return isObject(found) ? found : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function usage(message: string): CliError {
  return new CliError(ExitCode.usage, message);
}

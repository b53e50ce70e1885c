/**
 * Registry logins as the Docker CLI keeps them: in the environment, in its configuration, or with a
 * credential helper that the configuration names. Only for trusted workspaces and sessions.
 */
import { join } from 'node:path';
import { dockerConfigFolder, isObject, readJsonObject, textAt, type Env } from '../docker-config';
import { askHelper } from './credential-helper';

export type Credentials = {
  /** Empty when `secret` is an identity token (OAuth's refresh token). */
  readonly username: string;
  /** Empty for an anonymous user. */
  readonly secret: string;
  /** A bearer token fixed in the configuration; no other is fetched then. */
  readonly registryToken?: string;
};

export const anonymous: Credentials = { username: '', secret: '' };

/** Docker files its own registry's login under this name. */
const dockerHubKey = 'https://index.docker.io/v1/';
const dockerHubHosts: ReadonlySet<string> = new Set([
  'registry-1.docker.io',
  'docker.io',
  'index.docker.io',
]);
/** This user name of a helper's answer marks the secret as an identity token. */
const tokenUser = '<token>';

/**
 * The login for a registry host (`registry-1.docker.io`, `ghcr.io`, `127.0.0.1:5000`); anonymous
 * where nothing is stored.
 * @throws RegistryError `credentials` when a helper fails
 */
export async function registryCredentials(host: string, env: Env): Promise<Credentials> {
  const key = dockerHubHosts.has(host) ? dockerHubKey : host;
  const given = fromAuths(authsOf(env['DOCKER_AUTH_CONFIG']), key);
  if (given !== undefined) return given;
  const config = await readJsonObject(join(dockerConfigFolder(env), 'config.json'));
  if (config === undefined) return anonymous;
  // A helper of the host's own goes before the common one; with either, `auths` holds no secrets.
  const own = textAt(config, 'credHelpers', key) ?? textAt(config, 'credHelpers', host);
  const helper = own === undefined || own === '' ? textAt(config, 'credsStore') : own;
  if (helper === undefined || helper === '') return fromAuths(config['auths'], key) ?? anonymous;
  const answer = await askHelper(helper, key, env);
  if (answer === undefined) return anonymous;
  const { username, secret } = answer;
  return { username: username === tokenUser ? '' : username, secret };
}

/** `DOCKER_AUTH_CONFIG` holds a configuration with nothing but logins. */
function authsOf(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value['auths'] : undefined;
  } catch {
    return undefined;
  }
}

function fromAuths(auths: unknown, key: string): Credentials | undefined {
  if (!isObject(auths)) return undefined;
  // Old entries are URLs: `https://host/v1/` is the same login as `host`.
  const name = key in auths ? key : Object.keys(auths).find((entry) => hostOf(entry) === key);
  const entry = name === undefined ? undefined : auths[name];
  if (entry === undefined) return undefined;
  const registryToken = textAt(entry, 'registrytoken');
  const fixed = registryToken ? { registryToken } : {};
  const identityToken = textAt(entry, 'identitytoken');
  if (identityToken) return { username: '', secret: identityToken, ...fixed };
  const decoded = Buffer.from(textAt(entry, 'auth') ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) {
    const username = textAt(entry, 'username') ?? '';
    return { username, secret: textAt(entry, 'password') ?? '', ...fixed };
  }
  return {
    username: decoded.slice(0, colon),
    secret: decoded.slice(colon + 1).replace(/^\0+|\0+$/g, ''),
    ...fixed,
  };
}

function hostOf(entry: string): string {
  return entry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

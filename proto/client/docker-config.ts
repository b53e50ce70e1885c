/** What the Docker CLI has on disk: its configuration and contexts. Broken files count as absent. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TlsFiles } from './address';

export type Env = Readonly<Record<string, string | undefined>>;

/** `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigFolder(env: Env): string {
  return env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');
}

/** The parsed file, or undefined when it is absent, unreadable or no JSON object. */
export async function readJsonObject(
  path: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Why the CLI's `config.json` is not used, for the user; undefined where it is sound or absent. */
export async function dockerConfigProblem(env: Env): Promise<string | undefined> {
  const path = join(dockerConfigFolder(env), 'config.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      return `${path} may not be read: the logins and proxies in it are not used.`;
    }
    return undefined;
  }
  try {
    if (isObject(JSON.parse(text))) return undefined;
    return `${path} holds no JSON object: the logins and proxies in it are not used.`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${path} is malformed (${reason}): the logins and proxies in it are not used.`;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value[path[0]][path[1]]…` where that is a text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let current = value;
  for (const key of path) current = isObject(current) ? current[key] : undefined;
  return typeof current === 'string' ? current : undefined;
}

/**
 * The context the Docker CLI would use: `DOCKER_HOST` puts contexts aside, then `DOCKER_CONTEXT`,
 * then the configuration's `currentContext`. `default` is no stored context.
 */
export async function currentContextName(env: Env): Promise<string> {
  if (env['DOCKER_HOST']) return 'default';
  if (env['DOCKER_CONTEXT']) return env['DOCKER_CONTEXT'];
  const config = await readJsonObject(join(dockerConfigFolder(env), 'config.json'));
  const current = textAt(config, 'currentContext');
  return current === undefined || current === '' ? 'default' : current;
}

export type DockerContext = { readonly host: string; readonly tls?: TlsFiles };

/** A stored context's Docker endpoint; contexts are filed under the sha256 of their name. */
export async function readContext(env: Env, name: string): Promise<DockerContext | undefined> {
  const id = createHash('sha256').update(name).digest('hex');
  const contexts = join(dockerConfigFolder(env), 'contexts');
  const meta = await readJsonObject(join(contexts, 'meta', id, 'meta.json'));
  const host = textAt(meta, 'Endpoints', 'docker', 'Host');
  if (host === undefined) return undefined;
  const endpoints = meta?.['Endpoints'];
  const docker = isObject(endpoints) ? endpoints['docker'] : undefined;
  const insecure = isObject(docker) && docker['SkipTLSVerify'] === true;
  const files = await tlsFilesIn(join(contexts, 'tls', id, 'docker'));
  return { host, ...(files && { tls: { ...files, ...(insecure && { insecure }) } }) };
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder, as Docker names them. */
export async function tlsFilesIn(folder: string): Promise<TlsFiles | undefined> {
  const present = async (name: string): Promise<string | undefined> => {
    const path = join(folder, name);
    try {
      return (await stat(path)).isFile() ? path : undefined;
    } catch {
      return undefined;
    }
  };
  const [caCert, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(present));
  if (caCert === undefined && cert === undefined && key === undefined) return undefined;
  return {
    ...(caCert !== undefined && { caCert }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

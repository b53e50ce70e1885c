/**
 * Registry credentials as the Docker CLI keeps them: in its configuration, or with a credential
 * helper that it names. Only for trusted sessions: a helper is a program that we start.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { dockerConfigFolder, isObject, readJsonObject, textAt, type Env } from '../docker-config';
import { RpcStatus, StatusCode } from './grpc-server';

export type Credentials = { readonly username: string; readonly secret: string };

const anonymous: Credentials = { username: '', secret: '' };
/** Docker files its own registry's login under this name. */
const dockerHubKey = 'https://index.docker.io/v1/';
const dockerHubHosts: ReadonlySet<string> = new Set([
  'registry-1.docker.io',
  'docker.io',
  'index.docker.io',
]);
const helperTimeout = 30_000;

/** Anonymous where nothing is stored. @throws RpcStatus when a helper fails */
export async function registryCredentials(host: string, env: Env): Promise<Credentials> {
  const config = await readJsonObject(join(dockerConfigFolder(env), 'config.json'));
  if (config === undefined) return anonymous;
  const key = dockerHubHosts.has(host) ? dockerHubKey : host;
  const helper =
    textAt(config, 'credHelpers', key) ??
    textAt(config, 'credHelpers', host) ??
    textAt(config, 'credsStore');
  if (helper !== undefined && helper !== '') return fromHelper(helper, key, env);
  return fromConfig(config['auths'], key);
}

function fromConfig(auths: unknown, key: string): Credentials {
  if (!isObject(auths)) return anonymous;
  // Entries may be URLs: https://host/v1/ is the same login as host.
  const name = Object.keys(auths).find((entry) => entry === key || hostOf(entry) === hostOf(key));
  const entry = name === undefined ? undefined : auths[name];
  const identityToken = textAt(entry, 'identitytoken');
  if (identityToken) return { username: '', secret: identityToken };
  const decoded = Buffer.from(textAt(entry, 'auth') ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return anonymous;
  return {
    username: decoded.slice(0, colon),
    secret: decoded.slice(colon + 1).replaceAll('\0', ''),
  };
}

function hostOf(entry: string): string {
  return entry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/** The helper's protocol: the server's name on stdin, JSON on stdout, words on stdout on failure. */
async function fromHelper(helper: string, key: string, env: Env): Promise<Credentials> {
  if (!/^[\w.-]+$/.test(helper)) {
    throw new RpcStatus(StatusCode.unknown, `${JSON.stringify(helper)} is no credential helper`);
  }
  const { code, output } = await run(`docker-credential-${helper}`, key, env);
  if (code !== 0) {
    if (/not found/i.test(output)) return anonymous;
    const words = output.trim() || `exit code ${String(code)}`;
    throw new RpcStatus(StatusCode.unknown, `docker-credential-${helper} failed: ${words}`);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw new RpcStatus(StatusCode.unknown, `docker-credential-${helper} did not answer in JSON`);
  }
  const username = textAt(answer, 'Username') ?? '';
  const secret = textAt(answer, 'Secret') ?? '';
  // This user name marks the secret as an identity token.
  return { username: username === '<token>' ? '' : username, secret };
}

function run(
  program: string,
  input: string,
  env: Env,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: helperTimeout,
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', (error) => {
      reject(
        new RpcStatus(StatusCode.unknown, `${program} could not be started: ${error.message}`),
      );
    });
    child.once('close', (code) => {
      resolve({ code, output });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/**
 * The session's registry logins. The daemon asks for a token per scope first, and we fetch it, so
 * the secret never leaves this machine; only a daemon that cannot do that gets the login itself.
 *
 * `GetTokenAuthority` lets the daemon tell whether two sessions are of the same user: a key made
 * from the host's seed, which lies in the Docker configuration as BuildKit's own clients keep it.
 */
import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerConfigFolder, isObject, textAt, type Env } from '../docker-config';
import { anonymous, registryCredentials, type Credentials } from '../registry/credentials';
import { RegistryError } from '../registry/registry-error';
import { RpcStatus } from '../grpc/grpc-server';
import { StatusCode } from '../grpc/status-code';

export type AuthOptions = {
  /** Whether credentials may be read and credential helpers run. */
  readonly trusted: boolean;
  readonly env: Env;
};

/** How long a helper's answer is used again. Some clouds' tokens live for five minutes. */
const loginLifetime = 290_000;

/** What BuildKit's clients call themselves at token servers. */
const clientId = 'buildkit-client';

export class RegistryAuth {
  private readonly logins = new Map<string, { until: number; login: Promise<Credentials> }>();

  constructor(private readonly options: AuthOptions) {}

  async credentials(host: string): Promise<{ username: string; secret: string }> {
    const { username, secret } = await this.login(host);
    return { username, secret };
  }

  async fetchToken(request: {
    readonly host: string;
    readonly realm: string;
    readonly service: string;
    readonly scopes: readonly string[];
  }) {
    const { host, realm, service, scopes } = request;
    const credentials = await this.login(host);
    // What speaks HTTP to registries is a fifth of the session's thread to load, and most builds
    // never ask for it.
    const { fetchToken } = await import('../registry/token');
    const { token, expiresIn, issuedAt } = await told(
      fetchToken({ realm, service, scopes, credentials, clientId }),
    );
    return {
      token,
      expiresIn: BigInt(Math.trunc(expiresIn)),
      ...(issuedAt === undefined ? {} : { issuedAt: BigInt(Math.trunc(issuedAt / 1000)) }),
    };
  }

  async tokenAuthority(host: string, salt: Uint8Array): Promise<{ publicKey: Uint8Array }> {
    const key = await this.authorityKey(host, salt);
    const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
    return { publicKey: Buffer.from(x, 'base64url') };
  }

  /** The signature, then what was signed. */
  async signedPayload(
    host: string,
    salt: Uint8Array,
    payload: Uint8Array,
  ): Promise<{ signed: Uint8Array }> {
    const key = await this.authorityKey(host, salt);
    return { signed: Buffer.concat([sign(null, payload, key), payload]) };
  }

  private login(host: string): Promise<Credentials> {
    if (!this.options.trusted) return Promise.resolve(anonymous);
    const known = this.logins.get(host);
    if (known !== undefined && known.until > Date.now()) return known.login;
    const login = told(registryCredentials(host, this.options.env));
    this.logins.set(host, { until: Date.now() + loginLifetime, login });
    login.catch(() => this.logins.delete(host));
    return login;
  }

  private async authorityKey(host: string, salt: Uint8Array) {
    const { env, trusted } = this.options;
    if (!trusted || /^(1|t|true)$/i.test(env['BUILDKIT_NO_CLIENT_TOKEN'] ?? '')) {
      throw new RpcStatus(StatusCode.unavailable, 'client side tokens disabled');
    }
    const { secret } = await this.login(host);
    const mac = createHmac('sha256', salt);
    if (secret !== '') mac.update(await tokenSeed(host, dockerConfigFolder(env)));
    return ed25519Key(mac.digest().subarray(0, 32));
  }
}

/** PKCS #8's frame around the 32 bytes of an Ed25519 key. */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function ed25519Key(seed: Buffer) {
  const key = Buffer.concat([ed25519Prefix, seed]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** The seed of a host in `.token_seed`; a new one is made and kept where there is none. */
async function tokenSeed(host: string, folder: string): Promise<Buffer> {
  const path = join(folder, '.token_seed');
  let seeds: Readonly<Record<string, unknown>> = {};
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isObject(found)) seeds = found;
  } catch {
    // None yet.
  }
  const known = textAt(seeds, host, 'Seed');
  if (known !== undefined) return Buffer.from(known, 'base64');
  const seed = randomBytes(16);
  const next = JSON.stringify({ ...seeds, [host]: { Seed: seed.toString('base64') } });
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const partial = `${path}.${crypto.randomUUID()}.partial`;
    await writeFile(partial, next, { mode: 0o600 });
    await rename(partial, path);
  } catch {
    // A folder that cannot be written costs only that tokens are not shared between builds.
  }
  return seed;
}

/** What went wrong with a registry, in the daemon's terms. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RegistryError) throw new RpcStatus(StatusCode.unknown, error.message);
    throw error;
  }
}

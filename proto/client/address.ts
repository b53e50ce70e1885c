/**
 * Builder addresses: where a BuildKit is and how it is spoken to.
 *
 * | text | meaning |
 * |---|---|
 * | `unix:///path`, `tcp://host:port[?…]` | a buildkitd |
 * | `docker+unix:///path`, `docker+tcp://host:port[?…]`, `docker+npipe:////./pipe/name` | the BuildKit inside a Docker Engine |
 * | `docker-container://NAME[?context=…]`, `podman-container://NAME`, `nerdctl-container://NAME[?namespace=…]` | a buildkitd in a container |
 * | `kube-pod://NAME[?context=…&namespace=…&container=…]` | a buildkitd in a Kubernetes pod |
 * | `ssh://[user@]host[:port][/socket]`, `docker+ssh://…` | a buildkitd, or a Docker Engine, on another machine |
 * | `buildx://NAME` | a builder of `docker buildx`, by name |
 *
 * TLS is asked for by query: `?cacert=FILE&cert=FILE&key=FILE&servername=NAME`, or `?tls=1` for the
 * system's own authorities, `&insecure=1` to accept any certificate.
 */

import { formatStdio, parseStdio, type StdioAddress } from './stdio-address';
import { AddressError } from './address-error';

export { AddressError };

/** Paths of PEM files, read when connecting. */
export type TlsFiles = {
  readonly caCert?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Expected in the server's certificate; default: the host of the address. */
  readonly serverName?: string;
  /** Accepts any certificate, as a Docker context with SkipTLSVerify asks. */
  readonly insecure?: boolean;
};

export type TcpPlace = { readonly host: string; readonly port: number; readonly tls?: TlsFiles };

export type BuilderAddress =
  /** `path` is a socket or, on Windows, a named pipe such as `\\.\pipe\docker_engine`. */
  | { readonly kind: 'unix'; readonly path: string }
  | ({ readonly kind: 'tcp' } & TcpPlace)
  | { readonly kind: 'docker-unix'; readonly path: string }
  | ({ readonly kind: 'docker-tcp' } & TcpPlace)
  | StdioAddress
  /** `platform` chooses among the nodes of a builder that has several. */
  | { readonly kind: 'buildx'; readonly name: string; readonly platform?: string };

const defaultPorts = { tcp: 1234, 'docker-tcp': 2375, 'docker-tcp-tls': 2376 } as const;

/** @throws AddressError */
export function parseAddress(text: string): BuilderAddress {
  const [, scheme = '', rest = ''] = /^([a-z+-]+):\/\/(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case 'unix':
      return { kind: 'unix', path: socketPath(text, rest) };
    case 'docker+unix':
      return { kind: 'docker-unix', path: socketPath(text, rest) };
    case 'npipe':
      return { kind: 'unix', path: pipePath(text, rest) };
    case 'docker+npipe':
      return { kind: 'docker-unix', path: pipePath(text, rest) };
    case 'tcp':
      return { kind: 'tcp', ...tcpPlace(text, rest, 'tcp') };
    case 'docker+tcp':
      return { kind: 'docker-tcp', ...tcpPlace(text, rest, 'docker-tcp') };
    case 'buildx':
      return buildxAddress(text, rest);
    default: {
      const stdio = parseStdio(text, scheme, rest);
      if (stdio !== undefined) return stdio;
      throw new AddressError(
        `'${text}' is no builder address. Use unix:///path or tcp://host:port for a buildkitd, ` +
          'docker+unix:///path or docker+tcp://host:port for a Docker Engine, ' +
          'docker-container://NAME, podman-container://NAME, kube-pod://NAME or ssh://user@host ' +
          'for a buildkitd elsewhere, or buildx://NAME for a builder of docker buildx.',
      );
    }
  }
}

function buildxAddress(text: string, rest: string): BuilderAddress {
  const [name = '', query] = rest.split('?');
  if (!isBuilderName(name)) throw new AddressError(`'${text}' names no buildx builder`);
  const platform = new URLSearchParams(query).get('platform');
  return { kind: 'buildx', name, ...(platform !== null && { platform }) };
}

/** What a user may write as a builder: an address or the bare name of a buildx builder. @throws AddressError */
export function builderAddress(text: string): BuilderAddress {
  return isBuilderName(text) ? { kind: 'buildx', name: text } : parseAddress(text);
}

/** The text that {@link parseAddress} reads back. */
export function formatAddress(address: BuilderAddress): string {
  switch (address.kind) {
    case 'unix':
      return formatSocket('', address.path);
    case 'docker-unix':
      return formatSocket('docker+', address.path);
    case 'tcp':
      return `tcp://${formatTcp(address)}`;
    case 'docker-tcp':
      return `docker+tcp://${formatTcp(address)}`;
    case 'buildx':
      return `buildx://${address.name}${address.platform === undefined ? '' : `?platform=${address.platform}`}`;
    case 'container':
    case 'kube-pod':
    case 'ssh':
    case 'docker-ssh':
      return formatStdio(address);
  }
}

/** buildx allows these in builder and context names; nothing of it can be taken for an option. */
export function isBuilderName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.+-]*$/.test(text);
}

function socketPath(text: string, rest: string): string {
  if (!rest.startsWith('/')) throw new AddressError(`'${text}' needs an absolute path`);
  return rest;
}

/** `//./pipe/name`, as Docker writes it, is `\\.\pipe\name`. */
function pipePath(text: string, rest: string): string {
  const path = rest.replaceAll('/', '\\');
  if (!path.startsWith('\\\\.\\pipe\\')) throw new AddressError(`'${text}' names no pipe`);
  return path;
}

function tcpPlace(text: string, rest: string, kind: 'tcp' | 'docker-tcp'): TcpPlace {
  let url: URL;
  try {
    url = new URL(`tcp://${rest}`);
  } catch {
    throw new AddressError(`'${text}' needs host:port`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new AddressError(`'${text}' needs host:port`);
  const query = url.searchParams;
  const [caCert, cert, key, serverName] = ['cacert', 'cert', 'key', 'servername'].map(
    (name) => query.get(name) ?? undefined,
  );
  const insecure = query.get('insecure') === '1';
  const wantsTls = insecure || query.get('tls') === '1' || [caCert, cert, key].some(Boolean);
  const standard = kind === 'docker-tcp' && wantsTls ? 'docker-tcp-tls' : kind;
  return {
    host,
    port: url.port === '' ? defaultPorts[standard] : Number(url.port),
    ...(wantsTls && {
      tls: {
        ...(caCert !== undefined && { caCert }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(serverName !== undefined && { serverName }),
        ...(insecure && { insecure }),
      },
    }),
  };
}

function formatSocket(prefix: string, path: string): string {
  return path.startsWith('\\\\')
    ? `${prefix}npipe://${path.replaceAll('\\', '/')}`
    : `${prefix}unix://${path}`;
}

function formatTcp({ host, port, tls }: TcpPlace): string {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (tls === undefined) return place;
  const query = new URLSearchParams();
  if (tls.caCert !== undefined) query.set('cacert', tls.caCert);
  if (tls.cert !== undefined) query.set('cert', tls.cert);
  if (tls.key !== undefined) query.set('key', tls.key);
  if (tls.serverName !== undefined) query.set('servername', tls.serverName);
  if (tls.insecure) query.set('insecure', '1');
  if ([...query.keys()].every((name) => name === 'servername')) query.set('tls', '1');
  return `${place}?${query.toString()}`;
}

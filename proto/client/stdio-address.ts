/**
 * Builders that are reached through the stdin and stdout of a program: a BuildKit in a container or
 * a pod, and daemons behind ssh. The forms are those of BuildKit's own clients.
 *
 * Every part ends up as an argument of its own on a command line, never in a shell of this machine;
 * still, nothing may pass for an option, so names cannot begin with a dash.
 */
import { AddressError } from './address-error';

export type ContainerEngine = 'docker' | 'podman' | 'nerdctl';

export type SshPlace = {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** The daemon's socket over there; default: where its own tools look. */
  readonly socket?: string;
};

export type StdioAddress =
  | {
      readonly kind: 'container';
      readonly engine: ContainerEngine;
      readonly name: string;
      /** Which Docker Engine runs the container: a context, or an endpoint such as `unix:///…`. */
      readonly context?: string;
      readonly host?: string;
      /** containerd's namespace (nerdctl). */
      readonly namespace?: string;
    }
  | {
      readonly kind: 'kube-pod';
      readonly name: string;
      readonly context?: string;
      readonly namespace?: string;
      readonly container?: string;
    }
  | ({ readonly kind: 'ssh' } & SshPlace)
  | ({ readonly kind: 'docker-ssh' } & SshPlace);

const engines: Readonly<Record<string, ContainerEngine>> = {
  'docker-container': 'docker',
  'podman-container': 'podman',
  'nerdctl-container': 'nerdctl',
};
const queryNames = {
  docker: ['context', 'host'],
  podman: [],
  nerdctl: ['namespace'],
  'kube-pod': ['context', 'namespace', 'container'],
} as const;

/** Undefined for schemes that are not of this kind. @throws AddressError */
export function parseStdio(text: string, scheme: string, rest: string): StdioAddress | undefined {
  const engine = engines[scheme];
  if (engine !== undefined) {
    const { name, query } = nameAndQuery(text, rest, queryNames[engine]);
    return { kind: 'container', engine, name, ...query };
  }
  switch (scheme) {
    case 'kube-pod': {
      const { name, query } = nameAndQuery(text, rest, queryNames['kube-pod']);
      for (const value of [name, query['namespace'], query['container']]) {
        if (value !== undefined && !/^[-a-z0-9.]+$/.test(value)) {
          throw new AddressError(`'${text}': '${value}' is no name of Kubernetes`);
        }
      }
      return { kind: 'kube-pod', name, ...query };
    }
    case 'ssh':
      return { kind: 'ssh', ...sshPlace(text, rest) };
    case 'docker+ssh':
      return { kind: 'docker-ssh', ...sshPlace(text, rest) };
    default:
      return undefined;
  }
}

/** The text that {@link parseStdio} reads back. */
export function formatStdio(address: StdioAddress): string {
  switch (address.kind) {
    case 'container':
      return `${address.engine}-container://${address.name}${queryOf(address, queryNames[address.engine])}`;
    case 'kube-pod':
      return `kube-pod://${address.name}${queryOf(address, queryNames['kube-pod'])}`;
    case 'ssh':
      return `ssh://${formatSsh(address)}`;
    case 'docker-ssh':
      return `docker+ssh://${formatSsh(address)}`;
  }
}

/** The program and its arguments that join stdin and stdout with the daemon's connection. */
export type StdioCommand = { readonly program: string; readonly args: readonly string[] };

/** The commands are those of BuildKit's and Docker's own clients. */
export function stdioCommand(address: StdioAddress): StdioCommand {
  const dial = ['buildctl', 'dial-stdio'];
  switch (address.kind) {
    case 'container': {
      const { engine, name, context, host, namespace } = address;
      return {
        program: engine,
        args: [
          ...(context === undefined ? [] : ['--context', context]),
          ...(host === undefined ? [] : ['--host', host]),
          ...(namespace === undefined ? [] : ['--namespace', namespace]),
          'exec',
          '-i',
          name,
          ...dial,
        ],
      };
    }
    case 'kube-pod': {
      const { name, context, namespace, container } = address;
      return {
        program: 'kubectl',
        args: [
          ...(context === undefined ? [] : [`--context=${context}`]),
          ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
          'exec',
          ...(container === undefined ? [] : [`--container=${container}`]),
          '-i',
          name,
          '--',
          ...dial,
        ],
      };
    }
    case 'ssh':
      return ssh(address, [
        'buildctl',
        ...(address.socket === undefined ? [] : ['--addr', `unix://${address.socket}`]),
        'dial-stdio',
      ]);
    case 'docker-ssh':
      return ssh(address, [
        'docker',
        ...(address.socket === undefined ? [] : ['--host', `unix://${address.socket}`]),
        'system',
        'dial-stdio',
      ]);
  }
}

/** Passwords are never asked for: there is nobody to type them. */
function ssh({ host, user, port }: SshPlace, remote: readonly string[]): StdioCommand {
  return {
    program: 'ssh',
    args: [
      '-T',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=15',
      ...(user === undefined ? [] : ['-l', user]),
      ...(port === undefined ? [] : ['-p', String(port)]),
      '--',
      host,
      ...remote,
    ],
  };
}

type Query = Readonly<Record<string, string>>;

function nameAndQuery(
  text: string,
  rest: string,
  known: readonly string[],
): { readonly name: string; readonly query: Query } {
  const [name = '', search = '', ...more] = rest.split('?');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) || more.length > 0) {
    throw new AddressError(`'${text}' names no container`);
  }
  const query: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(search)) {
    if (!known.includes(key)) throw new AddressError(`'${text}': '${key}' means nothing here`);
    if (value.startsWith('-')) throw new AddressError(`'${text}': '${value}' begins with a dash`);
    if (value !== '') query[key] = value;
  }
  return { name, query };
}

function queryOf(address: object, known: readonly string[]): string {
  const values = new Map<string, unknown>(Object.entries(address));
  const query = new URLSearchParams();
  for (const key of known) {
    const value = values.get(key);
    if (typeof value === 'string') query.set(key, value);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

function sshPlace(text: string, rest: string): SshPlace {
  let url: URL;
  try {
    url = new URL(`ssh://${rest}`);
  } catch {
    throw new AddressError(`'${text}' needs a host`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const user = decodeURIComponent(url.username);
  if (host === '' || host.startsWith('-')) throw new AddressError(`'${text}' needs a host`);
  if (user.startsWith('-')) throw new AddressError(`'${text}' names no user`);
  if (url.password !== '') {
    throw new AddressError(`'${text}' holds a password; use a key of the ssh agent`);
  }
  if (url.search !== '' || url.hash !== '') {
    throw new AddressError(`'${text}' has more than ssh://user@host:port/socket`);
  }
  return {
    host,
    ...(user !== '' && { user }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(url.pathname !== '' && url.pathname !== '/' && { socket: remotePath(text, url.pathname) }),
  };
}

/** A path that the shell at the other end takes as one word: ssh hands it the joined arguments. */
function remotePath(text: string, path: string): string {
  if (/^[\w./@:+-]+$/.test(path)) return path;
  throw new AddressError(
    `'${text}': the path of the socket may hold letters, digits and ._/@:+- only`,
  );
}

function formatSsh({ host, user, port, socket }: SshPlace): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${user === undefined ? '' : `${encodeURIComponent(user)}@`}${name}${port === undefined ? '' : `:${port}`}${socket ?? ''}`;
}

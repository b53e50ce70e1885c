/** Why no BuildKit could be reached, in plain English with the remedy. */
import { formatAddress, type BuilderAddress } from './address';
import { missingSocketAdvice } from './surroundings';

export type ConnectProblem =
  /** Nothing exists at the socket's path. */
  | 'no-socket'
  /** Something exists but nobody answers. */
  | 'refused'
  /** This user may not use the socket. */
  | 'permission'
  /** Somebody answers who is not BuildKit; `detail` says who, where that can be told. */
  | 'not-buildkit'
  /** The TLS handshake failed. */
  | 'tls'
  | 'timeout'
  /** `docker buildx` could not be run or does not know the builder. */
  | 'buildx'
  /** The program that carries the connection (docker, podman, kubectl, ssh …) failed. */
  | 'program'
  /** A configuration file of Docker's or buildx's is broken. */
  | 'configuration'
  /** A BuildKit of before 0.11, which lacks what builds rest on. */
  | 'too-old'
  /** No single node of the builder builds all the platforms; `detail` says which builds what. */
  | 'several-nodes'
  /** The caller's signal. */
  | 'cancelled'
  | 'failed';

export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /** What is the matter, a sentence. */
  readonly reason: string;
  /** What the user can do about it; may be empty. */
  readonly remedy: string;

  constructor(
    readonly problem: ConnectProblem,
    readonly address: BuilderAddress,
    /** The underlying fact, e.g. `ENOENT` or the TLS library's words. */
    readonly detail: string,
  ) {
    const { reason, remedy } = explanations[problem](formatAddress(address), detail, address);
    super(remedy === '' ? reason : `${reason} ${remedy}`);
    this.reason = reason;
    this.remedy = remedy;
  }
}

type Explanation = { readonly reason: string; readonly remedy: string };

const choose =
  'Choose another builder, or set BUILDKIT_HOST, for example to unix:///run/buildkit/buildkitd.sock.';

const explanations: Readonly<
  Record<ConnectProblem, (where: string, detail: string, address: BuilderAddress) => Explanation>
> = {
  'no-socket': (where, _, address) => ({
    reason: `No BuildKit: there is nothing at ${where}.`,
    remedy: `${start(address)} ${choose}${socketAdvice(address)}`,
  }),
  refused: (where, detail, address) => ({
    reason: `No BuildKit: nobody answers at ${where} (${detail}).`,
    remedy: `${start(address)} ${choose}`,
  }),
  permission: (where, detail, address) => ({
    reason: `No BuildKit: this user may not open ${where} (${detail}).`,
    remedy: isDocker(address)
      ? 'Add the user to the group that owns the socket (usually docker) and log in again.'
      : 'Give the user access to the socket, or run a rootless buildkitd.',
  }),
  'not-buildkit': (where, detail) => ({
    reason: `No BuildKit: what answers at ${where} is not BuildKit. ${detail}`,
    remedy: choose,
  }),
  tls: (where, detail) => ({
    reason: `No BuildKit: TLS with ${where} failed (${detail}).`,
    remedy: 'Check cacert, cert and key of the address.',
  }),
  timeout: (where, detail) => ({
    reason: `No BuildKit: no answer from ${where} in time (${detail}).`,
    remedy: choose,
  }),
  buildx: (where, detail) => ({
    reason: `No BuildKit: docker buildx could not connect to the builder of ${where}: ${detail}`,
    remedy: 'See "docker buildx ls" for the builders there are.',
  }),
  program: (where, detail, address) => ({
    reason: `No BuildKit: ${where} could not be reached: ${detail}`,
    remedy: programRemedy(address),
  }),
  configuration: (where, detail) => ({
    reason: `No BuildKit: the configuration of ${where} is broken. ${detail}`,
    remedy: 'Repair the file, or remove it and create the builder again.',
  }),
  'too-old': (where) => ({
    reason: `The BuildKit at ${where} is older than 0.11.`,
    remedy: 'Update it: Docker Engine 23 and newer, or buildkitd 0.11 and newer, can be used.',
  }),
  'several-nodes': (where, detail) => ({
    reason: `Several nodes of ${where} are needed (${detail}), and this works with one of them only.`,
    remedy:
      'Ask for the platforms of one node; a build without debugging builds on all nodes at once.',
  }),
  cancelled: (where) => ({ reason: `Connecting to ${where} was cancelled.`, remedy: '' }),
  failed: (where, detail) => ({ reason: `No BuildKit at ${where}: ${detail}`, remedy: choose }),
};

function isDocker({ kind }: BuilderAddress): boolean {
  return kind === 'docker-unix' || kind === 'docker-tcp' || kind === 'docker-ssh';
}

function programRemedy(address: BuilderAddress): string {
  switch (address.kind) {
    case 'container':
      return `See "${address.engine} ps -a": the container must be running and have buildctl in it.`;
    case 'kube-pod':
      return 'See "kubectl get pods": the pod must be running and have buildctl in it.';
    case 'ssh':
      return `"ssh ${address.host} buildctl debug info" must work without asking for a password.`;
    case 'docker-ssh':
      return `"ssh ${address.host} docker version" must work without asking for a password.`;
    case 'unix':
    case 'tcp':
    case 'docker-unix':
    case 'docker-tcp':
    case 'buildx':
      return choose;
  }
}

function start(address: BuilderAddress): string {
  return isDocker(address)
    ? 'Start Docker (on Linux: systemctl start docker).'
    : 'Start buildkitd there.';
}

function socketAdvice(address: BuilderAddress): string {
  const advice = isDocker(address) ? missingSocketAdvice() : undefined;
  return advice === undefined ? '' : ` ${advice}`;
}

/** What to do about a Docker-compatible engine that has no BuildKit inside. */
export const podmanAdvice =
  'It is Podman, which builds with Buildah. Start a BuildKit beside it: podman run -d --privileged ' +
  '-p 127.0.0.1:1234:1234 docker.io/moby/buildkit --addr tcp://0.0.0.0:1234, ' +
  'then set BUILDKIT_HOST=tcp://127.0.0.1:1234.';

const problemOfCode: Readonly<Record<string, ConnectProblem>> = {
  ENOENT: 'no-socket',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ENOTFOUND: 'refused',
  EAI_AGAIN: 'refused',
  ECONNRESET: 'refused',
  EPIPE: 'refused',
  EACCES: 'permission',
  EPERM: 'permission',
  ETIMEDOUT: 'timeout',
};

/** Sorts an error of the operating system or of TLS. */
export function connectErrorOf(error: unknown, address: BuilderAddress): ConnectError {
  if (error instanceof ConnectError) return error;
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== undefined && /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO)/.test(code)) {
    return new ConnectError('tls', address, message);
  }
  const problem = code === undefined ? undefined : problemOfCode[code];
  return new ConnectError(problem ?? 'failed', address, problem ? (code ?? message) : message);
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

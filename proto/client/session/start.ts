/** Starts a session in a thread of its own. */
import { Worker } from 'node:worker_threads';
import type { SecretSource } from '../../messages/build-profile';
import type { BuilderAddress } from '../address';
import { ConnectError } from '../connect-error';
import type { Env } from '../docker-config';
import type { Destination, FromWorker, SecretValue, SessionEvent, ToWorker } from './options';
import { newSessionId } from './session-id';
import type { SshSource } from './ssh/ssh-service';
import type { UploadSource } from './upload-service';
import { workerProgram } from './worker-program';

export type SessionOptions = {
  readonly address: BuilderAddress;
  /** Default: a new one. Two live sessions must not share an id. */
  readonly id?: string;
  /**
   * Lets the daemon keep what it synchronised under a local name for the next session with the
   * same key; default: nothing is kept apart from the cache.
   */
  readonly sharedKey?: string;
  /** Local names and the directories they stand for; the daemon can read nothing else. */
  readonly directories?: Readonly<Record<string, string>>;
  /** Local names of directories that hold store paths of Nix, which all look alike in a sandbox. */
  readonly stored?: readonly string[];
  /** Whether `onEvent` is told the listing of each directory that was sent; default: not. */
  readonly lists?: boolean;
  readonly secrets?: readonly SecretSource[];
  /** By index of the exporter in `Control.solve`. */
  readonly outputs?: readonly (Destination | undefined)[];
  readonly ssh?: readonly SshSource[];
  /** Content stores (OCI layouts, local caches) by the id the daemon uses, and their folders. */
  readonly stores?: Readonly<Record<string, string>>;
  /** Streams that the daemon may pull once, by id. */
  readonly uploads?: Readonly<Record<string, UploadSource>>;
  /** Whether the user's registry credentials may be used (and helpers run for them). */
  readonly trusted?: boolean;
  readonly env?: Env;
  readonly onEvent?: (event: SessionEvent) => void;
};

export type Session = {
  readonly id: string;
  /** Why the session is over: `closed` by us, or what ended it. */
  readonly closed: Promise<string>;
  /** Ends the session and its thread. May be called twice. */
  close(): Promise<void>;
};

/** A thread that waits to be told what to serve. */
export type PreparedSession = {
  /**
   * Resolves when the daemon has the session. Once only.
   * @throws ConnectError when the daemon cannot be reached
   */
  start(options: SessionOptions): Promise<Session>;
  /** Lets the thread go when there is nothing to serve. */
  abandon(): void;
};

/** Starts the thread, which takes its time, while its work is still being found out. */
export function prepareSession(): PreparedSession {
  const { program, eval: isText } = workerProgram();
  // The parent's own flags (a debugger's, a loader's) are not for this thread.
  const worker = new Worker(program, { eval: isText, execArgv: [], name: 'session' });
  let ended = false;
  worker.once('exit', () => {
    ended = true;
  });
  // Whoever starts it hears of a failure.
  worker.on('error', () => undefined);
  return {
    start: (options) => {
      if (ended) return Promise.reject(endedEarly(options.address));
      return startIn(worker, options);
    },
    abandon: () => void worker.terminate(),
  };
}

/**
 * Resolves when the daemon has the session.
 * @throws ConnectError when the daemon cannot be reached
 */
export function startSession(options: SessionOptions): Promise<Session> {
  return prepareSession().start(options);
}

async function startIn(worker: Worker, options: SessionOptions): Promise<Session> {
  const env = options.env ?? process.env;
  const id = options.id ?? newSessionId();
  const start: ToWorker = {
    type: 'start',
    options: {
      address: options.address,
      id,
      sharedKey: options.sharedKey ?? '',
      directories: options.directories ?? {},
      stored: options.stored ?? [],
      lists: options.lists ?? false,
      secrets: (options.secrets ?? []).flatMap((secret) => resolveSecret(secret, env)),
      outputs: (options.outputs ?? []).map((output) => output ?? null),
      ssh: options.ssh ?? [],
      stores: options.stores ?? {},
      uploads: options.uploads ?? {},
      trusted: options.trusted ?? false,
      env: { ...env },
    },
  };
  worker.postMessage(start);
  const closed = watch(worker, options.onEvent);
  await untilReady(worker, options.address);
  return {
    id,
    closed,
    close: async () => {
      const message: ToWorker = { type: 'close' };
      worker.postMessage(message);
      await closed;
      await worker.terminate();
    },
  };
}

/** An unset variable is an absent secret: BuildKit then says which one it misses. */
function resolveSecret(secret: SecretSource, env: Env): SecretValue[] {
  if ('file' in secret) return [secret];
  const value = env[secret.env];
  return value === undefined ? [] : [{ id: secret.id, value }];
}

function watch(worker: Worker, onEvent: SessionOptions['onEvent']): Promise<string> {
  return new Promise((resolve) => {
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'event') onEvent?.(message.event);
      if (message.type === 'closed') resolve(message.reason);
    });
    worker.on('error', (error) => {
      resolve(error.message);
    });
    worker.on('exit', () => {
      resolve('the session thread ended');
    });
  });
}

function endedEarly(address: BuilderAddress): ConnectError {
  return new ConnectError('failed', address, 'the session thread ended early.');
}

function untilReady(worker: Worker, address: BuilderAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(endedEarly(address));
    });
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') resolve();
      if (message.type === 'failed') {
        const { problem, message: detail } = message;
        reject(
          problem === undefined
            ? new ConnectError('failed', address, detail)
            : new ConnectError(problem.kind, address, problem.detail),
        );
      }
    });
  });
}

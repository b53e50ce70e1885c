/** Starts sessions in a thread of their own. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { SecretSource } from '../../messages/build-profile';
import type { BuilderAddress } from '../address';
import { ConnectError } from '../connect-error';
import type { Env } from '../docker-config';
import type {
  Destination,
  FromWorker,
  SecretValue,
  SessionEvent,
  ToWorker,
  WorkerOptions,
} from './options';
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
  /** Further folders below such a name: what the first does not have is looked for there. */
  readonly further?: Readonly<Record<string, readonly string[]>>;
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
  /** Ends the session, and its thread with the last one in it. May be called twice. */
  close(): Promise<void>;
};

/** A thread that waits to be told what to serve. */
export type PreparedSession = {
  /**
   * Resolves when the daemon has the session. Several may be started while one of them lives.
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
  const over = new Promise<string>((resolve) => {
    worker.on('error', (error) => {
      resolve(error.message);
    });
    worker.once('exit', () => {
      resolve('the session thread ended');
    });
  });
  let sessions = 0;
  const ended = async (): Promise<void> => {
    sessions--;
    if (sessions === 0) await worker.terminate();
  };
  return {
    start: async (options) => {
      sessions++;
      try {
        return await startIn({ worker, over, ended }, options);
      } catch (error) {
        await ended();
        throw error;
      }
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

type Thread = {
  readonly worker: Worker;
  /** Why the thread is over, once it is. */
  readonly over: Promise<string>;
  /** One session less. */
  readonly ended: () => Promise<void>;
};

async function startIn(thread: Thread, options: SessionOptions): Promise<Session> {
  const id = options.id ?? newSessionId();
  const { port1: port, port2: theirs } = new MessageChannel();
  const start: ToWorker = { options: workerOptions(id, options), port: theirs };
  const closed = watch(port, thread, options.onEvent);
  thread.worker.postMessage(start, [theirs]);
  try {
    await untilReady(port, thread, options.address);
  } catch (error) {
    port.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    port.postMessage('close');
    await closed;
    port.close();
    await thread.ended();
  };
  return { id, closed, close: () => (closing ??= close()) };
}

function workerOptions(id: string, options: SessionOptions): WorkerOptions {
  const env = options.env ?? process.env;
  return {
    address: options.address,
    id,
    sharedKey: options.sharedKey ?? '',
    directories: options.directories ?? {},
    stored: options.stored ?? [],
    further: options.further ?? {},
    lists: options.lists ?? false,
    secrets: (options.secrets ?? []).flatMap((secret) => resolveSecret(secret, env)),
    outputs: (options.outputs ?? []).map((output) => output ?? null),
    ssh: options.ssh ?? [],
    stores: options.stores ?? {},
    uploads: options.uploads ?? {},
    trusted: options.trusted ?? false,
    env: { ...env },
  };
}

/** An unset variable is an absent secret: BuildKit then says which one it misses. */
function resolveSecret(secret: SecretSource, env: Env): SecretValue[] {
  if ('file' in secret) return [secret];
  const value = env[secret.env];
  return value === undefined ? [] : [{ id: secret.id, value }];
}

function watch(
  port: MessagePort,
  { over }: Thread,
  onEvent: SessionOptions['onEvent'],
): Promise<string> {
  return new Promise((resolve) => {
    port.on('message', (message: FromWorker) => {
      if (message.type === 'event') onEvent?.(message.event);
      if (message.type === 'closed') resolve(message.reason);
    });
    void over.then(resolve);
  });
}

function untilReady(port: MessagePort, { over }: Thread, address: BuilderAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    void over.then((reason) => {
      reject(new ConnectError('failed', address, `${reason}.`));
    });
    port.on('message', (message: FromWorker) => {
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

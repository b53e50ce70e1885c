/** Containers in a step's place, and the process in each; released when the process ends. */
import { randomBytes } from 'node:crypto';
import type { Gateway } from '../../../proto/client/gateway';
import type { ContainerProcess as GatewayProcess } from '../../../proto/client/container-process';
import { BuildFailure } from '../input/build-input';
import type { ShellExit, ShellProcess } from './shell';
import type { ShellPlace } from './shell-place';

export type ProcessOptions = {
  /** Default: the step's shell, interactive. */
  readonly args?: readonly string[];
  /** `NAME=value` besides the step's environment. */
  readonly variables?: readonly string[];
  /** With a terminal of this size; without, output comes on fds 1 and 2 and there is no input. */
  readonly terminal?: { readonly rows: number; readonly columns: number };
};

export function newContainerId(): string {
  return randomBytes(12).toString('hex');
}

/** @throws BuildkitError when there cannot be such a container */
export function openContainer(gateway: Gateway, id: string, place: ShellPlace): Promise<void> {
  return gateway.newContainer({
    containerId: id,
    mounts: place.mounts,
    network: place.network,
    ...(place.platform === undefined ? {} : { platform: place.platform }),
    extraHosts: place.extraHosts,
    hostname: place.hostname,
  });
}

/** A process of a place in a container that is there. The signal kills it. */
export function processIn(
  gateway: Gateway,
  containerId: string,
  place: ShellPlace,
  options: { readonly args: readonly string[]; readonly tty?: boolean; readonly stdin: boolean },
  signal?: AbortSignal,
): GatewayProcess {
  const { args, tty = false, stdin } = options;
  return gateway.exec(
    {
      containerId,
      meta: { args, env: place.env, cwd: place.cwd, user: place.user },
      tty,
      security: place.security,
      secretenv: place.secretEnv,
    },
    { stdin, ...(signal === undefined ? {} : { signal }) },
  );
}

/** A container that is being made, for one process that begins when somebody is there to see it. */
export type WaitingContainer = {
  /** @throws BuildkitError when the container or the process cannot be started */
  start(options: ProcessOptions): Promise<ShellProcess>;
  /** Gives the container back; safe at any time and more than once. */
  release(): Promise<void>;
};

/** Making a container takes about as long as a terminal takes to open, so both can be under way. */
export function prepareContainer(gateway: Gateway, place: ShellPlace): WaitingContainer {
  const id = newContainerId();
  const opened = openContainer(gateway, id, place);
  // Whoever starts a process is told.
  opened.catch(() => undefined);
  let process: ContainerProcess | undefined;
  let released = false;
  return {
    start: async ({ terminal, args = place.shell, variables = [] }) => {
      await opened;
      if (released) throw new BuildFailure('This shell is no longer offered.');
      const env = [...place.env, ...variables];
      process = new ContainerProcess(
        gateway,
        id,
        processIn(
          gateway,
          id,
          { ...place, env: terminal === undefined ? env : withTerm(env) },
          // A process without a terminal that has fd 0 open never reports its exit before stdin ends.
          { args, tty: terminal !== undefined, stdin: terminal !== undefined },
        ),
        terminal,
      );
      return process;
    },
    release: async () => {
      released = true;
      if (process !== undefined) return process.close();
      await opened.catch(() => undefined);
      await releaseContainer(gateway, id);
    },
  };
}

/**
 * Releasing a container reports its process's exit code as an error, and a job that has ended has
 * taken its containers with it: either way nothing is left.
 */
async function releaseContainer(gateway: Gateway, id: string): Promise<void> {
  await gateway.releaseContainer(id).catch(() => undefined);
}

/** Programs look for TERM; a build's environment has none, because builds have no terminal. */
function withTerm(env: readonly string[]): readonly string[] {
  return env.some((one) => one.startsWith('TERM=')) ? env : [...env, 'TERM=xterm-256color'];
}

class ContainerProcess implements ShellProcess {
  readonly output: ShellProcess['output'];
  readonly exit: Promise<ShellExit>;
  private ended = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly gateway: Gateway,
    private readonly containerId: string,
    private readonly process: GatewayProcess,
    terminal: ProcessOptions['terminal'],
  ) {
    this.output = this.untilEnd();
    this.exit = process.exit.then(shellExit).finally(() => {
      this.ended = true;
    });
    this.exit.catch(() => undefined);
    void process.started.then(
      () => {
        if (terminal !== undefined) this.resize(terminal.rows, terminal.columns);
      },
      () => undefined,
    );
  }

  write(data: Uint8Array): void {
    // A process that is gone already has told so through `exit`.
    if (!this.ended) this.process.write(data).catch(() => undefined);
  }

  closeStdin(): void {
    if (!this.ended) this.process.closeStdin();
  }

  resize(rows: number, columns: number): void {
    if (!this.ended) this.process.resize(rows, columns);
  }

  /** The container goes only when all of the output is out: releasing it would cut the rest off. */
  private async *untilEnd(): AsyncGenerator<{ readonly fd: number; readonly data: Uint8Array }> {
    try {
      yield* this.process.output;
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      if (!this.ended) this.process.kill();
      await releaseContainer(this.gateway, this.containerId);
    })();
    return this.closing;
  }
}

/** BuildKit words every exit; only what is more than the code is news. */
function shellExit({ code, message }: { code: number; message: string }): ShellExit {
  return /^(exit code: \d+)?$/.test(message) ? { code } : { code, message };
}

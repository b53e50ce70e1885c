/**
 * A container that stays up while commands run in it, one after another: what one of them writes is
 * there for the next, and nothing of it gets into the build.
 */
import type { Gateway } from '../../../proto/client/gateway';
import { isCancelled } from '../../../proto/client/buildkit-error';
import { BuildFailure } from '../input/build-input';
import { newContainerId, openContainer, processIn } from './open-shell';
import type { ShellExit } from './shell';
import type { ShellPlace } from './shell-place';

export class CommandContainer {
  private closed = false;
  /** Why the container is gone, if it is. */
  private lost: string | undefined;

  private constructor(
    private readonly gateway: Gateway,
    private readonly id: string,
    readonly place: ShellPlace,
    private readonly stop: AbortController,
  ) {}

  /** @throws BuildkitError when the container cannot be started */
  static async open(gateway: Gateway, place: ShellPlace): Promise<CommandContainer> {
    const id = newContainerId();
    await openContainer(gateway, id, place);
    const stop = new AbortController();
    // The first process is the container's life: a shell that waits for an input that never comes.
    const keeper = processIn(
      gateway,
      id,
      { ...place, env: [], cwd: '/', user: '' },
      { args: [...place.shell, '-c', 'while read -r line; do :; done'], stdin: true },
      stop.signal,
    );
    void drain(keeper.output);
    await keeper.started;
    const container = new CommandContainer(gateway, id, place, stop);
    keeper.exit.then(
      ({ code, message }) => (container.lost = message === '' ? `exit code: ${code}` : message),
      () => undefined,
    );
    return container;
  }

  /**
   * Runs a program; `output` gets what it prints as it comes.
   * @throws BuildkitError, BuildFailure when it cannot be started
   */
  async run(
    args: readonly string[],
    output: (fd: 1 | 2, data: Uint8Array) => void,
    options: { readonly user?: string; readonly cwd?: string } = {},
  ): Promise<ShellExit> {
    const place = { ...this.place, ...options };
    const process = processIn(this.gateway, this.id, place, { args, stdin: false });
    for await (const { fd, data } of process.output) output(fd, data);
    const { code, message } = await process.exit;
    if (this.lost !== undefined) {
      throw new BuildFailure(`The container for this place is not there: ${this.lost}`);
    }
    return /^(exit code: \d+)?$/.test(message) ? { code } : { code, message };
  }

  /** Whether nothing can be run in it any more. */
  get isOver(): boolean {
    return this.closed || this.lost !== undefined;
  }

  /** Ends everything in it; safe to call again. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.stop.abort();
    // A job that has ended has taken its containers with it: either way nothing is left.
    await this.gateway.releaseContainer(this.id).catch(() => undefined);
  }
}

async function drain(output: AsyncIterable<unknown>): Promise<void> {
  const pieces = output[Symbol.asyncIterator]();
  try {
    while ((await pieces.next()).done !== true);
  } catch (error) {
    if (!isCancelled(error)) return;
  }
}

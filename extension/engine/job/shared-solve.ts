/**
 * One solve that several callers wait for. It is stopped when the last of them has gone, not when
 * the first one has: a debugger asks again for what runs before it lets go of what it asked before.
 */
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';

export class SharedSolve<T> {
  private readonly stopping = new AbortController();
  private readonly outcome: Promise<T>;
  private callers = 0;

  constructor(solve: (signal: AbortSignal) => Promise<T>) {
    this.outcome = solve(this.stopping.signal);
    // Every caller is told.
    this.outcome.catch(() => undefined);
  }

  /** Whether nobody wanted it any more, so that it is no use to anybody who comes now. */
  get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Has something done once it has failed, or was stopped. */
  failed(then: () => void): void {
    this.outcome.catch(then);
  }

  /** Rejects as the solve does, or as cancelled when the caller's own signal says so. */
  async join(signal: AbortSignal | undefined): Promise<T> {
    this.callers++;
    if (signal === undefined) return this.outcome;
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(new BuildkitError(Code.cancelled, 'context canceled'));
        if (--this.callers === 0) this.stopping.abort();
      };
    });
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([this.outcome, left]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}

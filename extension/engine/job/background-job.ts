/**
 * A job that is open for questions: it runs nothing of its own, appears in no build history
 * (`Internal`), and is closed after a while without use. BuildKit then forgets its refs, not its
 * cache.
 */
import { randomBytes } from 'node:crypto';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Connection } from '../../../proto/client/connect';
import type { Gateway, GatewayPing } from '../../../proto/client/gateway';
import { startSession, type Session } from '../../../proto/client/session/start';
import type { SecretSource } from '../../../proto/messages/build-profile';

export type JobOptions = {
  readonly connection: Connection;
  /** Local source name → absolute folder. */
  readonly directories?: Readonly<Record<string, string>>;
  readonly secrets?: readonly SecretSource[];
  readonly entitlements?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};

/** How long an unused job stays open. Milliseconds. */
const idleTime = 120_000;
/** How long a job may take to end before it is cancelled. Milliseconds. */
const endTime = 3_000;

export class BackgroundJob {
  readonly gateway: Gateway;
  /** Resolves when the job is over, for whatever reason. */
  readonly ended: Promise<void>;
  private readonly stop = new AbortController();
  private idle: NodeJS.Timeout | undefined;
  private uses = 0;
  private over = false;
  private closing: Promise<void> | undefined;

  private constructor(
    connection: Connection,
    readonly session: Session,
    entitlements: readonly string[],
  ) {
    const ref = randomBytes(16).toString('hex');
    this.gateway = connection.gateway(ref);
    const solved = connection.control.solve(
      { ref, session: session.id, internal: true, entitlements },
      { signal: this.stop.signal },
    );
    // How it ended is nobody's business: requests that were under way report their own failures.
    this.ended = Promise.race([solved, session.closed]).then(
      () => undefined,
      () => undefined,
    );
    void this.ended.then(() => {
      this.over = true;
    });
  }

  /** @throws ConnectError, BuildkitError */
  static async open(options: JobOptions): Promise<{ job: BackgroundJob; info: GatewayPing }> {
    const session = await startSession({
      address: options.connection.address,
      directories: options.directories ?? {},
      secrets: options.secrets ?? [],
      // The service runs in trusted workspaces only.
      trusted: true,
      env: options.env,
    });
    const job = new BackgroundJob(options.connection, session, options.entitlements ?? []);
    try {
      const info = await job.gateway.ping({ signal: job.stop.signal });
      job.rest();
      return { job, info };
    } catch (error) {
      await job.close();
      throw error;
    }
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Closed by us, or ended by the daemon. */
  get isOver(): boolean {
    return this.over || this.closing !== undefined;
  }

  /** Keeps the job open while `work` runs, and for a while after. */
  async use<T>(work: (gateway: Gateway) => Promise<T>): Promise<T> {
    this.uses++;
    clearTimeout(this.idle);
    try {
      return await work(this.gateway);
    } finally {
      this.uses--;
      this.rest();
    }
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private rest(): void {
    if (this.uses > 0 || this.isOver) return;
    this.idle = setTimeout(() => void this.close(), idleTime);
    this.idle.unref();
  }

  private async end(): Promise<void> {
    clearTimeout(this.idle);
    try {
      // A result without refs: nothing is exported, nothing counts as failed.
      await this.gateway.return({ result: {} }, { timeout: endTime });
      await Promise.race([this.ended, delay(endTime)]);
    } catch (error) {
      // The job or its daemon is gone already, which is what was wanted.
      if (!(error instanceof BuildkitError)) throw error;
    } finally {
      this.stop.abort();
      await this.session.close();
    }
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

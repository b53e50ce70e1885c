/**
 * A short job beside a build's own, on a session of its own: a frontend that is asked in it reads
 * that session's folders under its own names for them.
 *
 * BuildKit from 0.16 on could be told a session for each name (`local-sessionid:`), but a frontend
 * image that a Dockerfile pins may be older than its builder, and reads from the wrong folders
 * without a word.
 */
import { randomBytes } from 'node:crypto';
import type { Connection } from '../../../proto/client/connect';
import type { Gateway } from '../../../proto/client/gateway';
import type { StatusResponse } from '../../../proto/generated/control';

export type LentJobOptions = {
  readonly connection: Pick<Connection, 'control' | 'gateway'>;
  /** Id of the session that it reads from. */
  readonly session: string;
  /** What happens in it, as it comes. */
  readonly status: (response: StatusResponse) => void;
  readonly signal: AbortSignal;
};

/**
 * The answer of `ask`; the job is over with it, and with it the refs that it made. Definitions stay
 * good.
 * @throws BuildkitError, or what `ask` throws
 */
export async function inLentJob<T>(
  { connection, session, status, signal: wanted }: LentJobOptions,
  ask: (gateway: Gateway) => Promise<T>,
): Promise<T> {
  const ref = randomBytes(16).toString('hex');
  const gateway = connection.gateway(ref);
  const stop = new AbortController();
  const signal = AbortSignal.any([wanted, stop.signal]);
  const solved = connection.control.solve({ ref, session, internal: true }, { signal });
  const ended = new Promise<never>((_, reject) => {
    solved.catch((error: unknown) =>
      reject(error instanceof Error ? error : new Error(String(error))),
    );
  });
  // It also ends where nobody waits for it any more.
  ended.catch(() => undefined);
  const followed = follow(connection.control.status(ref, { signal }), status);
  try {
    await Promise.race([gateway.ping({ signal }), ended]);
    const answer = await Promise.race([ask(gateway), ended]);
    await gateway.return({ result: {} }, { signal });
    await Promise.all([solved, followed]);
    return answer;
  } finally {
    stop.abort();
    await followed;
  }
}

async function follow(
  stream: AsyncIterable<StatusResponse>,
  status: LentJobOptions['status'],
): Promise<void> {
  try {
    for await (const response of stream) status(response);
  } catch {
    // The job's own call says why it ended; the stream only ends with it.
  }
}

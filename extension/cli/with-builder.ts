/** A connection to the chosen builder for as long as something needs it. */
import type { Connection } from '../../proto/client/connect';
import { connectBuilder } from '../engine/job/start-job';

/**
 * @param builder as `--builder` names it; undefined chooses as `docker build` would
 * @throws ConnectError when there is no BuildKit
 */
export async function withBuilder<T>(
  builder: string | undefined,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connectBuilder(builder, process.env, signal);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

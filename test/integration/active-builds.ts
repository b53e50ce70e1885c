/** The builds that a daemon is at work on, whoever started them. */
import { connect } from '../../proto/client/connect';

/** Their refs. @param address where the daemon's BuildKit listens */
export async function activeBuilds(address: string): Promise<string[]> {
  const connection = await connect(address);
  try {
    const refs: string[] = [];
    const stream = connection.control.history({ activeOnly: true, earlyExit: true });
    for await (const { record } of stream) if (record !== undefined) refs.push(record.ref);
    return refs;
  } finally {
    connection.close();
  }
}

/** The debug adapter's process: DAP on stdio, or on TCP with `--port N`. */
import { parseArgs } from 'node:util';
import { processOptions } from './process-options';
import { listenDebugAdapter, serveDebugAdapter } from './serve';

const options = processOptions();

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/** Exit code for a wrong command line; 2 of the CLI's contract. */
const usage = 2;

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((one) => one !== 'dap'),
    options: { port: { type: 'string' } },
  });
  if (values.port === undefined) {
    // Being told to stop is the client going away: the build and its shells end with it.
    for (const signal of stopSignals) process.once(signal, () => process.stdin.destroy());
    await serveDebugAdapter(process.stdin, process.stdout, options);
    // The last response may still be on its way: stdout is asynchronous on Windows.
    process.stdout.write('', () => process.exit(0));
    return;
  }
  const server = await listenDebugAdapter(Number(values.port), options);
  process.stderr.write(`listening on 127.0.0.1:${server.port}\n`);
  for (const signal of stopSignals) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(usage);
});

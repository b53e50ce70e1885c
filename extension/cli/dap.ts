/** `llb-lens dap`: the debug adapter on stdin and stdout, or for several clients on a loopback port. */
import { processOptions } from '../debug-adapter/process-options';
import { listenDebugAdapter, serveDebugAdapter } from '../debug-adapter/serve';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { interruptible } from './interrupt';

/** @param port as the user wrote it; 0 takes any free one, which is told on stderr */
export async function dap(port: string | undefined, to: Console): Promise<number> {
  const options = processOptions();
  if (port === undefined) {
    await serveDebugAdapter(process.stdin, process.stdout, options);
    return ExitCode.good;
  }
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new CliError(ExitCode.usage, `--port ${port}: not a port number`);
  }
  const server = await listenDebugAdapter(number, options);
  await to.note(`listening on 127.0.0.1:${server.port}`);
  // Builds must not outlive the adapter, so an interrupt ends the sessions first.
  return interruptible(to.note, async (signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await server.close();
    return ExitCode.interrupted;
  });
}

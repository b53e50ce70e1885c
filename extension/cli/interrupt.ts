/** Ctrl-C: the first one asks the command to stop, the second one does not ask. */
import { ExitCode } from './exit-code';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that the first SIGINT, SIGTERM or SIGHUP aborts. Cancelling a build
 * takes a moment (the daemon is told, its processes end); a second one of them ends this process
 * at once, and then the daemon notices by itself that its client is gone.
 */
export async function interruptible<T>(
  say: (text: string) => Promise<void>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    controller.abort();
    void say('Stopping … (once more to stop without waiting)');
  };
  for (const name of signals) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}

/** Runs the command line and ends with its exit code. */
import { useNativeSha256 } from '../../language-server/server/native-sha256';
import { streamConsole } from './console';
import { ExitCode } from './exit-code';
import { run } from './program';

useNativeSha256();

// `llb-lens llb … | head` closes the pipe early; that is how the reader says it has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? ExitCode.good : ExitCode.failed);
});

void run(process.argv.slice(2), streamConsole(process.stdout, process.stderr)).then((code) =>
  process.exit(code),
);

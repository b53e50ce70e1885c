/** `llb-lens lsp`: the language server on stdin and stdout, for any editor. */
import { startNodeServer } from '../../language-server/server/node-server';

/** Serves until the client goes; the server then ends the process itself. */
export function lsp(): Promise<number> {
  // The server's library reads its transport from the command line, where it may be left out.
  if (!process.argv.includes('--stdio')) process.argv.push('--stdio');
  startNodeServer();
  return new Promise(() => undefined);
}

/** `llb-lens service`: builder requests as JSON-RPC on stdin and stdout, for the extension. */

/** Serves until the client closes the connection; the service then ends the process itself. */
export async function service(): Promise<number> {
  await import('../service/main');
  return new Promise(() => undefined);
}

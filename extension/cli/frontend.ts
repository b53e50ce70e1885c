/** `llb-lens frontend`: a frontend of BuildKit's, on stdin and stdout of its container. */
import { serveFrontend } from '../engine/derivation/frontend/serve';
import { ExitCode } from './exit-code';

export async function frontend(): Promise<number> {
  await serveFrontend(process.stdin, process.stdout, process.env);
  return ExitCode.good;
}

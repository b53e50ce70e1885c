/**
 * Runs one of Docker's credential helpers: the server's name on stdin, JSON on stdout, words on
 * stdout when it fails. Only for trusted workspaces: a helper is a program that we start.
 */
import { spawn } from 'node:child_process';
import { textAt, type Env } from '../docker-config';
import { RegistryError } from './registry-error';

export type HelperAnswer = { readonly username: string; readonly secret: string };

/** Milliseconds; a helper may ask the user to unlock a key chain. */
const timeout = 30_000;

/**
 * Undefined when the helper knows no login for the server.
 * @param helper the name in Docker's configuration; the program is `docker-credential-<name>`
 * @throws RegistryError `credentials` when the helper cannot be started or fails
 */
export async function askHelper(
  helper: string,
  server: string,
  env: Env,
): Promise<HelperAnswer | undefined> {
  if (!/^[\w.-]+$/.test(helper)) {
    throw new RegistryError('credentials', `${JSON.stringify(helper)} is no credential helper`);
  }
  const program = `docker-credential-${helper}`;
  const { code, output } = await run(program, server, env);
  if (code !== 0) {
    if (/credentials not found|not found in native keychain/i.test(output)) return undefined;
    const words = output.trim() || `exit code ${String(code)}`;
    throw new RegistryError('credentials', `${program} failed: ${words}`);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw new RegistryError('credentials', `${program} did not answer in JSON`);
  }
  return { username: textAt(answer, 'Username') ?? '', secret: textAt(answer, 'Secret') ?? '' };
}

function run(
  program: string,
  input: string,
  env: Env,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout,
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', (error) => {
      reject(new RegistryError('credentials', `${program} could not be started: ${error.message}`));
    });
    child.once('close', (code) => {
      resolve({ code, output });
    });
    // A helper that ends early closes its stdin; its exit code tells the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

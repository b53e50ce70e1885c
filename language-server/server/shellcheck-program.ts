/** The user's ShellCheck, where it is installed and the workspace is trusted. */
import { spawn } from 'node:child_process';
import type { NetworkAccess } from '../../proto/messages/language-server';
import { Shellcheck, type RunShellcheck } from '../checks/shellcheck';
import type { Finding } from '../checks/finding';
import type { DockerfileView } from '../dockerfile-view';

/** Milliseconds before a program that was not found is looked for again. */
const RETRY = 60_000;

export function shellcheckProgram(
  access: (uri: string) => NetworkAccess,
): (view: DockerfileView, path: string, signal: AbortSignal) => Promise<Finding[]> {
  const checkers = new Map<string, Shellcheck>();
  const missing = new Map<string, number>();
  return async (view, path, signal) => {
    if (!access(view.uri).trusted || (missing.get(path) ?? 0) > Date.now()) return [];
    let checker = checkers.get(path);
    if (checker === undefined) {
      checker = new Shellcheck(runner(path, () => missing.set(path, Date.now() + RETRY)));
      checkers.set(path, checker);
    }
    return checker.check(view, signal);
  };
}

function runner(path: string, onMissing: () => void): RunShellcheck {
  return (args, script, signal) =>
    new Promise((resolve) => {
      const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'ignore'], signal });
      let output = '';
      child.stdout.setEncoding('utf8');
      child.stdout.on('data', (chunk: string) => {
        output += chunk;
      });
      child.on('error', (error) => {
        if ('code' in error && error.code === 'ENOENT') onMissing();
        resolve(undefined);
      });
      child.on('close', () => {
        resolve(output);
      });
      // A program that ends before it has read everything says so by its output.
      child.stdin.on('error', () => undefined);
      child.stdin.end(script);
    });
}

/**
 * `--ssh` texts as what a session lends: `default` or `ID` is the running agent, `ID=PATH` the agent
 * at a socket, `ID=FILE,FILE` keys from files.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SshSource } from '../../../proto/client/session/ssh/ssh-service';
import { ProfileError } from '../profile/profile';

/**
 * @param cwd what relative paths are relative to
 * @throws ProfileError when an agent or a file is not there
 */
export async function sshSources(
  texts: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SshSource[]> {
  const sources: SshSource[] = [];
  for (const text of texts.filter((one) => one !== '')) {
    const equals = text.indexOf('=');
    const id = (equals < 0 ? text : text.slice(0, equals)) || 'default';
    const paths = equals < 0 ? [] : text.slice(equals + 1).split(',');
    if (sources.some((one) => one.id === id)) {
      throw new ProfileError(`The SSH id "${id}" is given twice.`);
    }
    sources.push(
      await sourceOf(
        id,
        paths.filter((path) => path !== ''),
        cwd,
        env,
      ),
    );
  }
  return sources;
}

async function sourceOf(
  id: string,
  paths: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SshSource> {
  if (paths.length === 0) {
    const socket = env['SSH_AUTH_SOCK'] ?? (process.platform === 'win32' ? windowsAgent : '');
    if (socket === '') {
      throw new ProfileError(
        `The SSH id "${id}" means the running agent, but SSH_AUTH_SOCK is not set; ` +
          `start one with ssh-agent, or name a key: ${id}=FILE.`,
      );
    }
    return { id, socket };
  }
  const files = paths.map((path) => (isPipe(path) ? path : resolve(cwd, path)));
  const sockets = await Promise.all(files.map(async (path) => isPipe(path) || isSocket(id, path)));
  if (!sockets.includes(true)) return { id, keys: files };
  const [socket] = files;
  if (files.length > 1 || socket === undefined) {
    throw new ProfileError(`The SSH id "${id}" must be one agent's socket, or only key files.`);
  }
  return { id, socket };
}

const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent';
const isPipe = (path: string): boolean => path.startsWith('\\\\.\\pipe\\');

async function isSocket(id: string, path: string): Promise<boolean> {
  try {
    return (await stat(path)).isSocket();
  } catch {
    throw new ProfileError(`The agent or key of the SSH id "${id}" does not exist: ${path}.`);
  }
}

/**
 * What differs between operating systems, in one place: private sockets, cache folders, modes.
 *
 * Functions take the platform and the environment as values, so that each system's answers can be
 * checked on any other.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { posix, win32 } from 'node:path';
import { cacheFolder, thisHost, type Host } from '../../proto/client/cache-folder';

export { cacheFolder, thisHost, type Host };

/**
 * The address of a private socket for files in `folder`: a socket file there, or a named pipe with
 * an unguessable name on Windows, where pipes live in a name space of their own.
 */
export function socketAddress(host: Pick<Host, 'platform'>, folder: string): string {
  if (host.platform === 'win32') {
    return `\\\\.\\pipe\\llb-lens-${randomBytes(16).toString('hex')}`;
  }
  return posix.join(folder, 'socket');
}

/** True where the address is a file whose mode and removal are ours to see to. */
export function isSocketFile(host: Pick<Host, 'platform'>): boolean {
  return host.platform !== 'win32';
}

/** A new folder that only this user can enter (mode 0700 by mkdtemp), on a short path. */
export async function privateFolder(host: Host = thisHost()): Promise<string> {
  // A socket's path must fit sockaddr_un (104 bytes on macOS), and its TMPDIR is long and a symlink.
  const base = host.platform === 'win32' ? tmpdir() : await realpath(tmpdir());
  const short = host.platform !== 'win32' && base.length > 60 ? '/tmp' : base;
  return mkdtemp((host.platform === 'win32' ? win32 : posix).join(short, 'llb-lens-'));
}

/** Where this user's caches lie; every process of ours shares one folder. */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

export type Host = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
};

export const thisHost = (): Host => ({
  platform: process.platform,
  env: process.env,
  home: homedir(),
});

/** A variable that is set and not empty. */
function variable(host: Host, name: string): string | undefined {
  const value = host.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Where this user's caches belong on each system, below which `llb-lens` keeps its own. */
export function cacheFolder(host: Host): string {
  const path = host.platform === 'win32' ? win32 : posix;
  const own = variable(host, 'XDG_CACHE_HOME');
  if (own !== undefined && path.isAbsolute(own)) return path.join(own, 'llb-lens');
  if (host.platform === 'win32') {
    const local = variable(host, 'LOCALAPPDATA') ?? win32.join(host.home, 'AppData', 'Local');
    return win32.join(local, 'llb-lens', 'Cache');
  }
  if (host.platform === 'darwin') return posix.join(host.home, 'Library', 'Caches', 'llb-lens');
  return posix.join(host.home, '.cache', 'llb-lens');
}

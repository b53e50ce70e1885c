// Where the test environment keeps its things: one folder below the user's cache, never the checkout.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A socket's path must fit `sockaddr_un` with its closing zero byte (Linux: 108 bytes). */
export const longestSocketPath = 107;

export interface Places {
  /** Everything below is in here; `env:clean` removes it. */
  readonly home: string;
  /** The private Debian root that holds dockerd, the registry and nix. */
  readonly root: string;
  /** Sockets, logs and settings of the running daemons; inside the root this is `/run/llb-lens`. */
  readonly run: string;
  /** Data of the daemons; inside the root this is `/var/lib/llb-lens`. Emptied at each start. */
  readonly data: string;
  /** Small scripts that run a program of the private root: `docker`, `nix`, … */
  readonly bin: string;
  /** One file for each process that uses the running daemons. */
  readonly leases: string;
  /** Written when the daemons are ready, removed before they stop. */
  readonly state: string;
  readonly keeperLog: string;
  readonly lock: string;
  /** Installed VS Code servers, a folder for each pair of versions. */
  readonly codeServers: string;
}

/** Inside the private root. */
export const inside = { run: '/run/llb-lens', data: '/var/lib/llb-lens' } as const;

export function places(environment: NodeJS.ProcessEnv = process.env): Places {
  const configured = environment['XDG_CACHE_HOME'];
  const cache =
    configured === undefined || configured === '' ? join(homedir(), '.cache') : configured;
  const home = join(cache, 'llb-lens', 'env');
  const root = join(home, 'root');
  return {
    home,
    root,
    run: join(root, inside.run),
    data: join(root, inside.data),
    bin: join(home, 'bin'),
    leases: join(home, 'leases'),
    state: join(home, 'state.json'),
    keeperLog: join(home, 'keeper.log'),
    lock: join(home, 'lock'),
    codeServers: join(home, 'code-server'),
  };
}

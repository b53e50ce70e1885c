// Older Dockers, as users of Debian's releases have them: their programs, unpacked beside the rest.
// Their daemons run in the private root, whose newer libraries serve them too.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { places } from './places';
import { unpackPackages } from './unpacked-packages';

const programs = ['docker.io', 'containerd', 'runc'] as const;

const releases = {
  /** With the BuildKit of 0.13. */
  '26': { suite: 'trixie', names: programs },
  /** With one that is older than anything we can talk to; its library has another name today. */
  '20.10': { suite: 'bookworm', names: [...programs, 'libdevmapper1.02.1'] },
} as const;

export type OldRelease = keyof typeof releases;

export interface OldDocker {
  readonly release: OldRelease;
  /** What its daemon needs in its environment. */
  readonly variables: NodeJS.ProcessEnv;
}

/** The programs of a release if they are there. */
export function installedOldDocker(release: OldRelease): OldDocker | undefined {
  const folder = folderOf(release);
  if (!existsSync(folder)) return undefined;
  const within = (...paths: string[]): string => paths.map((path) => join(folder, path)).join(':');
  const libraries = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return {
    release,
    variables: {
      PATH: `${within('usr/sbin', 'usr/bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
      LD_LIBRARY_PATH: within(`lib/${libraries}`, `usr/lib/${libraries}`),
    },
  };
}

/** Unpacks what is missing: about 125 MB to download, 10 s each. @throws {Unavailable} */
export async function ensureOldDockers(): Promise<void> {
  for (const release of ['26', '20.10'] as const) {
    if (installedOldDocker(release) !== undefined) continue;
    await unpackPackages({ part: 'old-dockers', ...releases[release] }, folderOf(release));
  }
}

function folderOf(release: OldRelease): string {
  return join(places().home, 'old-dockers', release);
}

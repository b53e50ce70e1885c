// Makes the private Debian root that holds a whole Docker, a registry and nix, without touching
// anything that is installed on the machine.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { aptSources, distributionMirror } from './apt-sources';
import { retried, run, succeed } from './command';
import { aptGetInstall, aptGetUpdate, ensureProgram, nonInteractive } from './debian-package';
import { provisionable, type Distribution } from './distribution';
import { isRecord } from './json';
import { inside, type Places } from './places';
import { Unavailable } from './unavailable';

/** What the root holds, and what each is for. */
const packages = [
  'docker.io', // dockerd with its embedded BuildKit, containerd and runc
  'docker-cli',
  'docker-buildx', // the reference client
  'docker-registry',
  'busybox-static', // the programs of the base images
  'bash-static', // SHELL ["/bin/bash", …]
  'nix-bin',
  'git', // BuildKit's git source needs it
  'iproute2', // makes the bridges
  'iptables', // dockerd refuses to start without it, even when told not to use it
] as const;

/** The first suite that installs is taken. Later ones lack something, named here. */
const suites: Record<
  Distribution['id'],
  (codename: string) => readonly { name: string; lacks?: string }[]
> = {
  debian: () => [
    { name: 'sid' },
    {
      name: 'trixie',
      lacks: 'an older Docker and buildx: comparisons with `docker buildx dap` are skipped',
    },
  ],
  ubuntu: (codename) => [
    {
      name: codename,
      lacks:
        'possibly an older Docker and buildx: comparisons with `docker buildx dap` are skipped',
    },
  ],
};

const stampName = 'llb-lens-root.json';

export interface PrivateRoot {
  readonly suite: string;
  /** What tests must do without, when an older suite had to be taken. */
  readonly lacks: string | undefined;
  /** Debian package to its version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Wraps a command so that its mounts are its own and end with it. */
export const inNamespaces = [
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--propagation',
  'private',
] as const;

/** The root if it is there and complete. */
export function installedRoot(places: Places): PrivateRoot | undefined {
  let text: string;
  try {
    text = readFileSync(join(places.root, stampName), 'utf8');
  } catch {
    return undefined; // not installed yet
  }
  const stamp: unknown = JSON.parse(text);
  if (!isRecord(stamp) || stamp['recipe'] !== recipe() || !isRecord(stamp['versions']))
    return undefined;
  const versions = Object.entries(stamp['versions']).map(
    ([name, version]) => [name, String(version)] as const,
  );
  return {
    suite: String(stamp['suite']),
    lacks: typeof stamp['lacks'] === 'string' ? stamp['lacks'] : undefined,
    versions: Object.fromEntries(versions),
  };
}

/**
 * Returns the root, making it first where it is missing; `say` hears about what will be done.
 * The caller holds the environment's lock.
 * @throws {Unavailable} when this machine cannot have one, or a download failed.
 */
export async function ensureRoot(
  places: Places,
  say: (line: string) => void,
): Promise<PrivateRoot> {
  const installed = installedRoot(places);
  const distribution = provisionable();
  if (typeof distribution === 'string') throw new Unavailable('buildkit', 'absent', distribution);
  await checkNamespaces();
  if (installed !== undefined) return installed;

  const mirror = distributionMirror(aptSources(), distribution.codename);
  if (mirror === undefined) {
    throw new Unavailable('buildkit', 'absent', `apt names no mirror for ${distribution.codename}`);
  }
  say(
    `environment: will install debootstrap if it is missing, and make a private ${distribution.id} root`,
  );
  say(`environment:   in ${places.root} (about 800 MB) with ${packages.join(', ')}`);
  say('environment:   nothing else on this machine changes; `npm run env:clean` removes it');
  await ensureProgram('buildkit', 'debootstrap', 'debootstrap');

  const failures: string[] = [];
  for (const suite of suites[distribution.id](distribution.codename)) {
    try {
      return await retried(() => install(places, distribution, mirror, suite));
    } catch (error) {
      const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
      failures.push(`${suite.name}: ${lines.at(-1) ?? ''}`);
      say(`environment: ${suite.name} could not be installed:\n${lines.join('\n')}`);
    }
  }
  throw new Unavailable('buildkit', 'download', failures.join('; '));
}

async function checkNamespaces(): Promise<void> {
  const result = await run([...inNamespaces, 'true']);
  if (result.code !== 0) {
    const reason = result.output.trim().split('\n').at(-1) ?? '';
    throw new Unavailable(
      'buildkit',
      'absent',
      `this container allows no mount namespaces (${reason})`,
    );
  }
}

async function install(
  places: Places,
  distribution: Distribution,
  mirror: string,
  suite: { readonly name: string; readonly lacks?: string },
): Promise<PrivateRoot> {
  const partial = `${places.root}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(partial), { recursive: true });
  const components = distribution.id === 'ubuntu' ? 'main,universe' : 'main';
  await succeed([
    ...inNamespaces,
    'debootstrap',
    '--variant=minbase',
    '--include=ca-certificates',
    `--components=${components}`,
    suite.name,
    partial,
    mirror,
  ]);
  // Packages must not start their daemons, and a crash during the install may lose it: it is redone.
  writeFileSync(join(partial, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  writeFileSync(
    join(partial, 'etc/dpkg/dpkg.cfg.d/llb-lens'),
    'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n',
  );
  await inRoot(partial, aptGetUpdate);
  await inRoot(partial, aptGetInstall(packages));
  await inRoot(partial, ['apt-get', 'clean']);
  for (const folder of [inside.run, inside.data, '/nix/store']) {
    mkdirSync(join(partial, folder), { recursive: true });
  }

  // A nix for one user that neither isolates builds nor fetches anything.
  mkdirSync(join(partial, 'etc/nix'), { recursive: true });
  writeFileSync(
    join(partial, 'etc/nix/nix.conf'),
    'build-users-group =\nsandbox = false\nsubstituters =\nexperimental-features = nix-command flakes\n',
  );

  const listed = await inRoot(partial, [
    'dpkg-query',
    '-W',
    '-f',
    '${Package} ${Version}\\n',
    ...packages,
  ]);
  const versions = Object.fromEntries(
    listed
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', version = ''] = line.split(' ');
        return [name, version] as const;
      }),
  );
  const root: PrivateRoot = { suite: suite.name, lacks: suite.lacks, versions };
  writeFileSync(join(partial, stampName), JSON.stringify({ recipe: recipe(), ...root }, null, 2));
  if (existsSync(places.root)) rmSync(places.root, { recursive: true, force: true });
  renameSync(partial, places.root);
  return root;
}

/** Runs a program inside a root that is not in use, with the kernel's file systems for its duration. */
function inRoot(root: string, argv: readonly string[]): Promise<string> {
  const script =
    'set -e; r=$0; cp -L /etc/resolv.conf "$r/etc/resolv.conf"; mount --bind "$r" "$r"; cd "$r"; ' +
    'mount -t proc proc proc; mount --rbind /sys sys; mount --rbind /dev dev; exec chroot . "$@"';
  return succeed([...inNamespaces, 'sh', '-c', script, root, ...argv], { env: nonInteractive });
}

/** Changes when the root would be made differently, so that an old one is made anew. */
function recipe(): string {
  return createHash('sha256')
    .update(JSON.stringify([1, packages]))
    .digest('hex')
    .slice(0, 16);
}

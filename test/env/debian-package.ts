// Installs single Debian packages on the machine itself, where a program is missing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { retried, run, succeed } from './command';
import { provisionable } from './distribution';
import { withLock } from './lock';
import { places } from './places';
import { Unavailable, type Part } from './unavailable';

/** A snapshot mirror's Release file may be past its date; its signature is still checked. */
export const allowStale = ['-o', 'Acquire::Check-Valid-Until=false'] as const;

export const nonInteractive: NodeJS.ProcessEnv = {
  ...process.env,
  DEBIAN_FRONTEND: 'noninteractive',
  LC_ALL: 'C.UTF-8',
};

export const aptGetUpdate = ['apt-get', ...allowStale, '-q', 'update'] as const;

export function aptGetInstall(packages: readonly string[]): [string, ...string[]] {
  return ['apt-get', ...allowStale, 'install', '-y', '-q', '--no-install-recommends', ...packages];
}

/**
 * Returns the path of a program, installing its Debian package first where it is missing.
 * @throws {Unavailable}
 */
export async function ensureProgram(
  part: Part,
  program: string,
  debianPackage: string,
): Promise<string> {
  const there = await findProgram(program);
  if (there !== undefined) return there;
  const distribution = provisionable();
  if (typeof distribution === 'string') {
    throw new Unavailable(part, 'absent', `there is no ${program} here, and ${distribution}`);
  }
  try {
    // One at a time: apt refuses a second apt.
    await withLock(join(places().home, 'apt-lock'), () =>
      recordAdded(() => install(debianPackage)),
    );
  } catch (error) {
    throw new Unavailable(part, 'download', error instanceof Error ? error.message : String(error));
  }
  const installed = await findProgram(program);
  if (installed === undefined)
    throw new Unavailable(part, 'absent', `${debianPackage} holds no ${program} here`);
  return installed;
}

async function install(debianPackage: string): Promise<void> {
  const attempt = (): Promise<string> =>
    succeed(aptGetInstall([debianPackage]), { env: nonInteractive });
  // A container image's package lists are often empty or stale: fetch them once that is known.
  await attempt().catch(async () => {
    await retried(() => succeed([...aptGetUpdate], { env: nonInteractive }));
    await retried(attempt);
  });
}

/** The packages that came with ours, for `env:clean`. */
export function addedPackages(): string[] {
  const file = addedFile();
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((name) => name !== '')
    : [];
}

async function recordAdded(action: () => Promise<void>): Promise<void> {
  const before = new Set(await installedPackages());
  await action();
  const added = (await installedPackages()).filter((name) => !before.has(name));
  writeFileSync(addedFile(), [...addedPackages(), ...added].map((name) => `${name}\n`).join(''));
}

async function installedPackages(): Promise<string[]> {
  const listed = await succeed(['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package}\\n']);
  return [...listed.matchAll(/^ii +(\S+)/gm)].map(([, name = '']) => name);
}

function addedFile(): string {
  return join(places().home, 'added-packages');
}

/** The program's path by PATH, if it is there. */
export async function findProgram(program: string): Promise<string | undefined> {
  const result = await run(['sh', '-c', 'command -v "$0"', program]);
  return result.code === 0 ? result.stdout.trim() : undefined;
}

// Installs single Debian packages on the machine itself, where a program is missing.
import { retried, run, succeed } from './command';
import { provisionable } from './distribution';
import { Unavailable, type Part } from './unavailable';

/** A snapshot mirror's Release file may be past its date; its signature is still checked. */
const allowStale = ['-o', 'Acquire::Check-Valid-Until=false'] as const;

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
  if (typeof distribution === 'string')
    throw new Unavailable(part, 'absent', `no ${program}, and ${distribution}`);
  const install = (): Promise<string> =>
    succeed(aptGetInstall([debianPackage]), { env: nonInteractive });
  try {
    // A container image's package lists are often empty or stale: fetch them once that is known.
    await install().catch(async () => {
      await retried(() => succeed([...aptGetUpdate], { env: nonInteractive }));
      await retried(install);
    });
  } catch (error) {
    throw new Unavailable(part, 'download', error instanceof Error ? error.message : String(error));
  }
  const installed = await findProgram(program);
  if (installed === undefined)
    throw new Unavailable(part, 'absent', `${debianPackage} holds no ${program} here`);
  return installed;
}

/** The program's path by PATH, if it is there. */
export async function findProgram(program: string): Promise<string | undefined> {
  const result = await run(['sh', '-c', 'command -v "$0"', program]);
  return result.code === 0 ? result.stdout.trim() : undefined;
}

// ShellCheck, as users have it: the one that is there, else Debian's, unpacked in our own folder so
// that editors under test find none on PATH that their machine has not.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { retried, succeed } from './command';
import { aptGetUpdate, findProgram, nonInteractive } from './debian-package';
import { provisionable } from './distribution';
import { withLock } from './lock';
import { places } from './places';
import { Unavailable } from './unavailable';

/** The path of ShellCheck, where there is one. */
export async function installedShellcheck(): Promise<string | undefined> {
  const unpacked = unpackedProgram();
  return existsSync(unpacked) ? unpacked : findProgram('shellcheck');
}

/** @throws {Unavailable} */
export async function ensureShellcheck(): Promise<string> {
  const there = await installedShellcheck();
  if (there !== undefined) return there;
  const distribution = provisionable();
  if (typeof distribution === 'string') {
    throw new Unavailable(
      'shellcheck',
      'absent',
      `there is no shellcheck here, and ${distribution}`,
    );
  }
  try {
    await withLock(join(places().home, 'apt-lock'), unpack);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable('shellcheck', 'download', reason);
  }
  return unpackedProgram();
}

/** Complete or not there at all: the folder is renamed once everything is in it. */
async function unpack(): Promise<void> {
  const draft = `${unpackedFolder()}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const options = { cwd: draft, env: nonInteractive };
  const download = () => succeed(['apt-get', '-q', 'download', 'shellcheck'], options);
  await download().catch(async () => {
    await retried(() => succeed([...aptGetUpdate], options));
    await retried(download);
  });
  await succeed(['sh', '-c', 'dpkg-deb -x shellcheck_*.deb . && rm shellcheck_*.deb'], options);
  rmSync(unpackedFolder(), { recursive: true, force: true });
  renameSync(draft, unpackedFolder());
}

function unpackedFolder(): string {
  return join(places().home, 'shellcheck');
}

function unpackedProgram(): string {
  return join(unpackedFolder(), 'usr/bin/shellcheck');
}

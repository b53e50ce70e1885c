// ShellCheck, as users have it: the one that is there, else Debian's, unpacked in our own folder so
// that editors under test find none on PATH that their machine has not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './debian-package';
import { places } from './places';
import { unpackPackages } from './unpacked-packages';

/** The path of ShellCheck, where there is one. */
export async function installedShellcheck(): Promise<string | undefined> {
  const unpacked = unpackedProgram();
  return existsSync(unpacked) ? unpacked : findProgram('shellcheck');
}

/** @throws {Unavailable} */
export async function ensureShellcheck(): Promise<string> {
  const there = await installedShellcheck();
  if (there !== undefined) return there;
  await unpackPackages({ part: 'shellcheck', names: ['shellcheck'] }, unpackedFolder());
  return unpackedProgram();
}

function unpackedFolder(): string {
  return join(places().home, 'shellcheck');
}

function unpackedProgram(): string {
  return join(unpackedFolder(), 'usr/bin/shellcheck');
}

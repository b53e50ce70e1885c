// Programs of Debian packages, unpacked in a folder of our own instead of installed: nothing on the
// machine finds them that is not told where they are.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptSources, distributionMirror } from './apt-sources';
import { retried, succeed } from './command';
import { allowStale, nonInteractive } from './debian-package';
import { provisionable } from './distribution';
import { withLock } from './lock';
import { places } from './places';
import { Unavailable, type Part } from './unavailable';

export interface Packages {
  /** The part of the environment that they are, for what is said when they cannot be had. */
  readonly part: Part;
  readonly names: readonly string[];
  /** A release of Debian; the machine's own by default. */
  readonly suite?: string;
}

/**
 * Fills `folder`, which is complete or not there at all: it gets its name once everything is in it.
 * @throws {Unavailable}
 */
export async function unpackPackages(packages: Packages, folder: string): Promise<void> {
  const distribution = provisionable();
  const { part, names, suite } = packages;
  const absent = (reason: string): Unavailable =>
    new Unavailable(part, 'absent', `there is no ${names[0] ?? ''} here, and ${reason}`);
  if (typeof distribution === 'string') throw absent(distribution);
  if (suite !== undefined && distribution.id !== 'debian') throw absent('this is not Debian');
  const mirror = distributionMirror(aptSources(), distribution.codename);
  if (suite !== undefined && mirror === undefined) throw absent('apt names no mirror');
  try {
    await withLock(join(places().home, 'apt-lock'), async () => {
      const draft = `${folder}.new`;
      const apt = `${folder}.apt`;
      for (const made of [draft, apt]) rmSync(made, { recursive: true, force: true });
      mkdirSync(draft, { recursive: true });
      const options = suite === undefined ? [] : ofSuite(apt, suite, mirror ?? '');
      await download(names, options, draft);
      const unpack = 'for one in *.deb; do dpkg-deb -x "$one" .; done; rm *.deb';
      await succeed(['sh', '-ec', unpack], { cwd: draft });
      rmSync(apt, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Unavailable(part, 'download', reason);
  }
}

/** apt with lists of its own, which hold one release and nothing of the machine's. */
function ofSuite(folder: string, suite: string, mirror: string): string[] {
  const [sources, lists, cache] = ['sources.list', 'lists', 'cache'].map((name) =>
    join(folder, name),
  );
  // apt makes no folders.
  for (const made of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, made), { recursive: true });
  }
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(sources ?? '', `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  return [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
}

async function download(
  names: readonly string[],
  options: readonly string[],
  folder: string,
): Promise<void> {
  const apt = (...argv: string[]): Promise<string> =>
    succeed(['apt-get', ...allowStale, ...options, '-q', ...argv], {
      cwd: folder,
      env: nonInteractive,
    });
  // A container image's package lists are often empty or stale: fetch them once that is known.
  await apt('download', ...names).catch(async () => {
    await retried(() => apt('update'));
    await retried(() => apt('download', ...names));
  });
}

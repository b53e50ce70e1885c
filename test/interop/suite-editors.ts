/**
 * Editors for machines that have none: Debian's, laid over the test environment's private root,
 * which stays as it is. About 300 MB in a folder that `env:clean` removes.
 */
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { succeed } from '../env/command';
import { aptGetInstall, aptGetUpdate, nonInteractive } from '../env/debian-package';
import { places } from '../env/places';
import { inNamespaces, installedRoot } from '../env/private-root';

const packages = ['neovim', 'emacs-nox', 'elpa-dape', 'hx', 'tmux'] as const;

/** What starts a program among them: put the program and its arguments behind it. */
export type SuiteEditors = readonly [string, ...string[]];

/**
 * Returns them, installing them first where they are missing.
 * @param shared folders of this machine that they find at the same paths
 * @throws {CommandFailed} where they could not be installed
 * @returns undefined where there is no private root to lay them over
 */
export async function suiteEditors(shared: readonly string[]): Promise<SuiteEditors | undefined> {
  const root = installedRoot(places());
  if (root === undefined) return undefined;
  const folder = join(places().home, 'interop');
  const stamp = join(folder, 'stamp.json');
  const recipe = JSON.stringify([packages, root.suite, root.versions]);
  if (!sameText(stamp, recipe)) {
    rmSync(folder, { recursive: true, force: true });
    for (const part of ['upper', 'work', 'root'])
      mkdirSync(join(folder, part), { recursive: true });
    console.log(`installs ${packages.join(', ')} of ${root.suite} in ${folder}`);
    const inside = overlaid(folder, ['/etc/resolv.conf']);
    for (const command of [aptGetUpdate, aptGetInstall(packages), ['apt-get', 'clean']]) {
      await succeed([...inside, ...command], { env: nonInteractive });
    }
    writeFileSync(stamp, recipe);
  }
  return overlaid(folder, [realpathSync(process.execPath), tmpdir(), places().home, ...shared]);
}

/** @param shared each a file or a folder */
function overlaid(folder: string, shared: readonly string[]): SuiteEditors {
  const script = `set -e
    root=$0/root
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/upper,workdir=$0/work" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    shift
    while [ "$1" != -- ]; do
      if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root\${1%/*}"; touch "$root$1"; fi
      mount --rbind "$1" "$root$1"
      shift
    done
    shift
    exec chroot "$root" "$@"`;
  return [...inNamespaces, 'sh', '-c', script, folder, places().root, ...shared, '--'];
}

function sameText(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8') === text;
  } catch {
    return false; // not installed yet
  }
}

/** Where a user's own config file of hadolint lies. */
import { posix, win32 } from 'node:path';
import type { Host } from '../../proto/client/cache-folder';

const visible = ['hadolint.yaml', 'hadolint.yml'];
const hidden = visible.map((name) => `.${name}`);

/**
 * The paths in the order in which hadolint looks at them once the project has no file; it takes the
 * first that is there. Fact: hadolint's `findConfig`, and the folders of Haskell's `directory`.
 */
export function hadolintUserFiles({ platform, env, home }: Host): string[] {
  const isWindows = platform === 'win32';
  const path = isWindows ? win32 : posix;
  const roaming = env['APPDATA'] ?? win32.join(home, 'AppData', 'Roaming');
  const own = env['XDG_CONFIG_HOME'] ?? '';
  const config = path.isAbsolute(own) ? own : isWindows ? roaming : posix.join(home, '.config');
  const data = isWindows ? win32.join(roaming, 'hadolint') : posix.join(home, '.hadolint');
  const documents = isWindows ? win32.join(home, 'Documents') : home;
  const within = (folder: string, names: readonly string[]): string[] =>
    names.map((name) => path.join(folder, name));
  return [
    ...within(config, visible),
    ...within(data, [...visible, 'config.yaml', 'config.yml']),
    ...within(documents, hidden),
  ];
}

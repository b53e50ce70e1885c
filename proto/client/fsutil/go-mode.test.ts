import { expect, test } from 'vitest';
import { GoMode, goModeOf, modeOfWindows } from './go-mode';

/** What Node's lstat says on Windows, and what `docker buildx build` sends for it there. */
test.each([
  ['a file', 0o100666, 0o755],
  ['a file that is read-only', 0o100444, 0o555],
  ['a folder', 0o040666, GoMode.dir + 0o755],
  ['a symbolic link', 0o120666, GoMode.symlink + 0o755],
])('%s of Windows has the mode that BuildKit’s client gives it', (_, mode, sent) => {
  expect(modeOfWindows(goModeOf(mode))).toBe(sent);
});

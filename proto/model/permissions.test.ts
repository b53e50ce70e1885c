import { expect, test } from 'vitest';
import { permissionsText } from './permissions';

test.each([
  [0o755, 'rwxr-xr-x'],
  [0o4755, 'rwsr-xr-x'],
  [0o1777, 'rwxrwxrwt'],
  [0o2640, 'rw-r-S---'],
  [0, '---------'],
])('mode %o', (mode, text) => {
  expect(permissionsText(mode)).toBe(text);
});

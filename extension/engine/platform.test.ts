import { rm, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { cacheFolder, type Host, isSocketFile, privateFolder, socketAddress } from './platform';

const linux: Host = { platform: 'linux', env: {}, home: '/home/u' };
const mac: Host = { platform: 'darwin', env: {}, home: '/Users/u' };
const windows: Host = { platform: 'win32', env: {}, home: 'C:\\Users\\u' };

describe('the cache folder', () => {
  test.each<[string, Host, string]>([
    ['Linux', linux, '/home/u/.cache/llb-lens'],
    ['Linux with XDG_CACHE_HOME', { ...linux, env: { XDG_CACHE_HOME: '/c' } }, '/c/llb-lens'],
    [
      'a relative XDG_CACHE_HOME is not used',
      { ...linux, env: { XDG_CACHE_HOME: 'c' } },
      '/home/u/.cache/llb-lens',
    ],
    ['macOS', mac, '/Users/u/Library/Caches/llb-lens'],
    ['Windows', windows, 'C:\\Users\\u\\AppData\\Local\\llb-lens\\Cache'],
    [
      'Windows with LOCALAPPDATA',
      { ...windows, env: { LOCALAPPDATA: 'D:\\L' } },
      'D:\\L\\llb-lens\\Cache',
    ],
  ])('on %s', (_, host, expected) => {
    expect(cacheFolder(host)).toBe(expected);
  });
});

describe('a private socket', () => {
  test('is a file in its folder', () => {
    expect(socketAddress(linux, '/tmp/x')).toBe('/tmp/x/socket');
    expect(isSocketFile(linux)).toBe(true);
  });

  test('is a named pipe that nobody can guess on Windows', () => {
    const [one, two] = [socketAddress(windows, 'C:\\x'), socketAddress(windows, 'C:\\x')];
    expect(one).toMatch(/^\\\\\.\\pipe\\llb-lens-[0-9a-f]{32}$/);
    expect(one).not.toBe(two);
    expect(isSocketFile(windows)).toBe(false);
  });

  test.skipIf(process.platform === 'win32')('lies in a folder for this user only', async () => {
    const folder = await privateFolder();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await rm(folder, { recursive: true });
  });
});

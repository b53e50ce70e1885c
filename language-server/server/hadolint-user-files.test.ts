import { expect, test } from 'vitest';
import { hadolintUserFiles } from './hadolint-user-files';

test.each([
  [
    { platform: 'linux', env: {}, home: '/home/u' },
    [
      '/home/u/.config/hadolint.yaml',
      '/home/u/.config/hadolint.yml',
      '/home/u/.hadolint/hadolint.yaml',
      '/home/u/.hadolint/hadolint.yml',
      '/home/u/.hadolint/config.yaml',
      '/home/u/.hadolint/config.yml',
      '/home/u/.hadolint.yaml',
      '/home/u/.hadolint.yml',
    ],
  ],
  [
    { platform: 'win32', env: { APPDATA: 'C:\\Users\\u\\Roaming' }, home: 'C:\\Users\\u' },
    [
      'C:\\Users\\u\\Roaming\\hadolint.yaml',
      'C:\\Users\\u\\Roaming\\hadolint.yml',
      'C:\\Users\\u\\Roaming\\hadolint\\hadolint.yaml',
      'C:\\Users\\u\\Roaming\\hadolint\\hadolint.yml',
      'C:\\Users\\u\\Roaming\\hadolint\\config.yaml',
      'C:\\Users\\u\\Roaming\\hadolint\\config.yml',
      'C:\\Users\\u\\Documents\\.hadolint.yaml',
      'C:\\Users\\u\\Documents\\.hadolint.yml',
    ],
  ],
] as const)('the config files of a user, %j', (host, files) => {
  expect(hadolintUserFiles(host)).toEqual(files);
});

test.each([
  ['darwin', '/conf', '/conf/hadolint.yaml'],
  ['darwin', 'relative', '/u/.config/hadolint.yaml'],
  ['linux', '', '/u/.config/hadolint.yaml'],
] as const)('on %s with XDG_CONFIG_HOME=%s', (platform, folder, first) => {
  expect(hadolintUserFiles({ platform, env: { XDG_CONFIG_HOME: folder }, home: '/u' })[0]).toBe(
    first,
  );
});

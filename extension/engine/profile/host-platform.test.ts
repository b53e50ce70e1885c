import { expect, test } from 'vitest';
import { hostPlatform, platformName } from './host-platform';

test.each([
  ['linux', 'x64', 'linux/amd64'],
  ['linux', 'arm', 'linux/arm/v7'],
  ['linux', 'ia32', 'linux/386'],
  ['darwin', 'arm64', 'darwin/arm64'],
  ['win32', 'x64', 'windows/amd64'],
  ['linux', 'riscv64', 'linux/riscv64'],
] as const)('Node’s %s on %s is %s', (system, architecture, platform) => {
  expect(hostPlatform(system, architecture)).toBe(platform);
});

test('only "local" is this machine, in any case', () => {
  const own = hostPlatform(process.platform, process.arch);
  expect(['local', 'LOCAL', 'linux/arm64'].map(platformName)).toEqual([own, own, 'linux/arm64']);
});

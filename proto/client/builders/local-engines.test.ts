import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../address';
import { dockerAddress, dockerDefaultAddress } from './docker-address';
import { engineSockets } from './local-engines';

const offered = (platform: NodeJS.Platform, env = {}) =>
  engineSockets(platform, env, '/home/me').map(({ name, address }) => ({
    name,
    address: formatAddress(address),
  }));

test('on Windows engines listen at named pipes', () => {
  expect(offered('win32')).toEqual([
    { name: 'Docker', address: 'docker+npipe:////./pipe/docker_engine' },
    { name: 'Docker Desktop', address: 'docker+npipe:////./pipe/dockerDesktopLinuxEngine' },
    { name: 'BuildKit', address: 'npipe:////./pipe/buildkitd' },
  ]);
  for (const { address } of offered('win32')) {
    expect(formatAddress(parseAddress(address))).toBe(address);
  }
});

test('Docker’s own way of writing a pipe is where Node connects', () => {
  const address = dockerAddress('npipe:////./pipe/docker_engine', undefined);
  expect(address).toEqual(dockerDefaultAddress('win32'));
  expect(address).toEqual({ kind: 'docker-unix', path: '\\\\.\\pipe\\docker_engine' });
});

test('Docker Desktop is found under WSL, macOS and Linux, rootless daemons by their folder', () => {
  const linux = offered('linux', { XDG_RUNTIME_DIR: '/run/user/1000' });
  expect(linux).toEqual(
    expect.arrayContaining([
      {
        name: 'Docker Desktop',
        address:
          'docker+unix:///mnt/wsl/docker-desktop/shared-sockets/guest-services/docker.proxy.sock',
      },
      { name: 'Docker Desktop', address: 'docker+unix:///home/me/.docker/desktop/docker.sock' },
      { name: 'Docker (rootless)', address: 'docker+unix:///run/user/1000/docker.sock' },
    ]),
  );
  expect(offered('darwin')).toContainEqual({
    name: 'Docker Desktop',
    address: 'docker+unix:///home/me/.docker/run/docker.sock',
  });
});

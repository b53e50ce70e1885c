import { describe, expect, test } from 'vitest';
import { AddressError, builderAddress, formatAddress, parseAddress } from './address';

describe('addresses', () => {
  test.each([
    ['unix:///run/buildkit/buildkitd.sock', { kind: 'unix', path: '/run/buildkit/buildkitd.sock' }],
    ['docker+unix:///var/run/docker.sock', { kind: 'docker-unix', path: '/var/run/docker.sock' }],
    [
      'docker+npipe:////./pipe/docker_engine',
      { kind: 'docker-unix', path: '\\\\.\\pipe\\docker_engine' },
    ],
    ['tcp://127.0.0.1:1234', { kind: 'tcp', host: '127.0.0.1', port: 1234 }],
    ['tcp://[::1]:99', { kind: 'tcp', host: '::1', port: 99 }],
    ['docker+tcp://host:2376?tls=1', { kind: 'docker-tcp', host: 'host', port: 2376, tls: {} }],
    [
      'tcp://host:1?cacert=%2Fc+a.pem&cert=%2Fcert.pem&key=%2Fkey.pem&servername=b',
      {
        kind: 'tcp',
        host: 'host',
        port: 1,
        tls: { caCert: '/c a.pem', cert: '/cert.pem', key: '/key.pem', serverName: 'b' },
      },
    ],
    ['buildx://my-builder', { kind: 'buildx', name: 'my-builder' }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(parseAddress(text))).toBe(text);
  });

  test.each([
    ['tcp://host', 1234],
    ['docker+tcp://host', 2375],
    ['docker+tcp://host?tls=1', 2376],
  ])('%s has the usual port %d', (text, port) => {
    expect(parseAddress(text)).toMatchObject({ port });
  });

  test.each([
    [''],
    ['nonsense'],
    ['unix://relative'],
    ['ftp://x'],
    ['tcp://'],
    ['buildx://'],
    ['buildx://--help'],
    ['npipe://x'],
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(AddressError);
  });

  test('a bare word is a buildx builder', () => {
    expect(builderAddress('builder')).toEqual({ kind: 'buildx', name: 'builder' });
    expect(() => builderAddress('--builder')).toThrow(AddressError);
  });
});

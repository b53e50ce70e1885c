import { describe, expect, it } from 'vitest';
import { parseGitReference } from './git-reference';
import {
  familiarReference,
  formatReference,
  parseNormalized,
  withDefaultTag,
} from './image-reference';
import { canonicalIp } from './ip-address';
import { normalizePath } from './os-path';
import { formatPlatformAll, normalizePlatform, parsePlatform } from './platform';

describe('image references', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['acme/app:v1', 'docker.io/acme/app:v1', 'acme/app:v1'],
    ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['Registry/x', 'Registry/x:latest', 'Registry/x:latest'],
    [
      'ghcr.io:5000/a/b@sha256:' + 'a'.repeat(64),
      'ghcr.io:5000/a/b@sha256:' + 'a'.repeat(64),
      'ghcr.io:5000/a/b@sha256:' + 'a'.repeat(64),
    ],
  ])('%s', (text, full, short) => {
    const reference = withDefaultTag(parseNormalized(text));
    expect([formatReference(reference), familiarReference(reference)]).toEqual([full, short]);
  });

  it.each([
    ['a?b', 'invalid reference format'],
    ['acme/App', 'invalid reference format: repository name (acme/App) must be lowercase'],
    [
      'a'.repeat(64),
      `invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings`,
    ],
  ])('%s is refused', (text, message) => {
    expect(() => parseNormalized(text)).toThrow(message);
  });
});

describe('platforms', () => {
  it.each([
    ['linux', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['windows(10.0.20348)/amd64', 'windows(10.0.20348)/amd64'],
    ['linux(+a+b)/amd64', 'linux(+a+b)/amd64'],
  ])('%s is %s', (text, expected) => {
    expect(formatPlatformAll(normalizePlatform(parsePlatform(text)))).toBe(expected);
  });
});

describe('git sources', () => {
  it.each([
    ['https://github.com/a/b.git#main:sub', 'https://github.com/a/b.git', 'main', 'sub'],
    ['git@host:team/x.git?ref=v1', 'git@host:team/x.git', 'v1', ''],
    ['https://h/x.git?tag=v2&subdir=s', 'https://h/x.git', 'refs/tags/v2', 's'],
  ])('%s', (text, remote, ref, subdir) => {
    expect(parseGitReference(text)).toMatchObject({ remote, ref, subdir });
  });

  it.each([['https://h/x.tar.gz'], ['./a.git'], ['ftp://h/x.git'], ['x.git']])(
    '%s is none',
    (text) => {
      expect(parseGitReference(text)).toBeUndefined();
    },
  );
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['010.0.0.1', undefined],
    ['2001:DB8:0:0:1::', '2001:db8:0:0:1::'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::1', '::1'],
    ['1.2.3', undefined],
  ])('%s is %s', (text, expected) => {
    expect(canonicalIp(text)).toBe(expected);
  });
});

describe('paths', () => {
  it.each([
    ['/a', 'b/../c/', 'linux', '/a/c/'],
    ['/a', '/b/../c', 'linux', '/b/../c'],
    ['/a', '.', 'linux', '/a'],
    ['\\a', 'c:\\b\\x', 'windows', '/b/x'],
    ['/a', 'b/.', 'linux', '/a/b/.'],
  ])('%s then %s on %s is %s', (parent, path, os, expected) => {
    expect(normalizePath(parent, path, os, true)).toBe(expected);
  });

  it('drives other than C: are refused', () => {
    expect(() => normalizePath('/', 'd:\\x', 'windows', false)).toThrow(
      'The specified path is not on the system drive (C:)',
    );
  });
});

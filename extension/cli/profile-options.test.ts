import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostPlatform } from '../engine/profile/host-platform';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-options';

const profile = (...args: string[]) =>
  profileOf(addProfileOptions(new Command()).parse(args, { from: 'user' }).opts<ProfileFlags>());

describe('options of docker build as a build profile', () => {
  test.each<[args: string[], expected: object]>([
    [[], {}],
    [['--target', 'app'], { target: 'app' }],
    [['--build-arg', 'A=1', '--build-arg', 'B=x=y'], { buildArgs: { A: '1', B: 'x=y' } }],
    [['--build-arg', 'EMPTY='], { buildArgs: { EMPTY: '' } }],
    [['--build-arg', 'LLB_LENS_NOT_SET'], {}],
    [['--label', 'a.b=c', '--label', 'empty'], { labels: { 'a.b': 'c', empty: '' } }],
    [
      ['--platform', 'linux/amd64,linux/arm64', '--platform', 'linux/arm/v7'],
      { platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'] },
    ],
    [['--build-context', 'src=../other'], { contexts: { src: '../other' } }],
    [['--add-host', 'db:10.0.0.2'], { extraHosts: ['db=10.0.0.2'] }],
    [['--add-host', 'db=[fe80::1]'], { extraHosts: ['db=fe80::1'] }],
    [['--add-host', 'my:db=10.0.0.2'], { extraHosts: ['my:db=10.0.0.2'] }],
    [['--add-host', 'a:1.1.1.1,b:2.2.2.2'], { extraHosts: ['a=1.1.1.1', 'b=2.2.2.2'] }],
    [['--add-host', '"a:1.1.1.1,2.2.2.2"'], { extraHosts: ['a=1.1.1.1', 'a=2.2.2.2'] }],
    [
      ['--build-context', 'docker.io/library/alpine:latest=docker-image://b'],
      { contexts: { alpine: 'docker-image://b' } },
    ],
    [['--build-context', 'ghcr.io/a/b:1=c=d'], { contexts: { 'ghcr.io/a/b:1': 'c=d' } }],
    [['--build-context', ''], {}],
    [['--ulimit', 'nofile=1024:2048'], { ulimits: ['nofile=1024:2048'] }],
    [['--secret', 'id=key,src=key.pem'], { secrets: [{ id: 'key', file: 'key.pem' }] }],
    [['--secret', 'id=key,env=KEY'], { secrets: [{ id: 'key', env: 'KEY' }] }],
    [['--secret', 'type=env,id=key'], { secrets: [{ id: 'key', file: 'key' }] }],
    [['--secret', '"id=a,b",src=key.pem'], { secrets: [{ id: 'a,b', file: 'key.pem' }] }],
    [['--secret', 'id=a,type=env,src=KEY'], { secrets: [{ id: 'a', env: 'KEY' }] }],
    [['--secret', 'id=PATH'], { secrets: [{ id: 'PATH', env: 'PATH' }] }],
    [
      ['--secret', 'id=llb-lens-file'],
      { secrets: [{ id: 'llb-lens-file', file: 'llb-lens-file' }] },
    ],
    [['--no-cache'], { noCache: true }],
    [['--no-cache-filter', 'a,b'], { noCache: ['a', 'b'] }],
    [['--network', 'host'], { networkMode: 'host' }],
    [['--shm-size', '64m'], { shmSize: '64m' }],
    [['--pull'], { imageResolveMode: 'pull' }],
  ])('%j', (args, expected) => {
    expect(profile(...args)).toEqual(expected);
  });

  test('the platform "local" is this machine’s', () => {
    const { platforms } = profile('--platform', 'linux/arm64,local');
    expect(platforms).toEqual(['linux/arm64', hostPlatform(process.platform, process.arch)]);
  });

  test('a build argument without a value is that of the environment', () => {
    const [name, value] = ['PATH', process.env['PATH']];
    expect(profile('--build-arg', name)).toEqual({ buildArgs: { [name]: value } });
  });

  test.each([
    [['--build-context', 'x'], /--build-context x: write NAME=VALUE/],
    [['--no-cache', '--no-cache-filter', 'a'], /exclude each other/],
    [['--build-arg', '=x'], /--build-arg =x: write NAME=VALUE/],
    [['--add-host', 'db'], /--add-host db: write HOST:IP/],
    [['--secret', 'key'], /--secret key: write id=ID,src=FILE/],
    [['--secret', 'type=file'], /the id is missing/],
    [['--secret', 'src=key.pem'], /the id is missing/],
    [['--secret', 'id=a,file=key.pem'], /there is no "file"/],
    [['--secret', 'id=a,type=text'], /the type is file or env, not "text"/],
    [['--build-context', 'Base=lib'], /Base is no name for a context: .*must be lowercase/],
    [['--network', 'bridge'], /--network bridge: use default, none or host/],
    [['--options', '/nonexistent.json'], /--options: \/nonexistent.json/],
  ])('%j is refused with a word on how to write it', (args, message) => {
    expect(() => profile(...args)).toThrow(message);
  });
});

describe('--options', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'llb-lens-options-'));
    file = join(folder, 'profile.json');
    writeFileSync(file, JSON.stringify({ target: 'app', buildArgs: { A: '1', B: '2' } }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the profile', () => {
    expect(profile('--options', file)).toEqual({ target: 'app', buildArgs: { A: '1', B: '2' } });
  });

  test('gives way to options beside it, one argument at a time', () => {
    expect(profile('--options', file, '--target', 'x', '--build-arg', 'B=3')).toEqual({
      target: 'x',
      buildArgs: { A: '1', B: '3' },
    });
  });

  test('must hold an object', () => {
    writeFileSync(join(folder, 'list.json'), '[]');
    expect(() => profile('--options', join(folder, 'list.json'))).toThrow(
      /must hold a JSON object/,
    );
  });
});

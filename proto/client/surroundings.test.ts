import { expect, test } from 'vitest';
import { missingSocketAdvice, surroundings } from './surroundings';

test.each<[string, Record<string, string>, string[], string]>([
  ['a machine', {}, [], 'machine'],
  ['a codespace', { CODESPACES: 'true', REMOTE_CONTAINERS: 'true' }, ['/.dockerenv'], 'codespace'],
  ['a dev container', { REMOTE_CONTAINERS: 'true' }, [], 'dev container'],
  ['a dev container’s shell', {}, ['/.dockerenv', '/workspaces'], 'dev container'],
  ['a container of Podman’s', {}, ['/run/.containerenv'], 'container'],
  ['WSL', { WSL_DISTRO_NAME: 'Debian' }, [], 'wsl'],
])('%s is recognised', (_, env, files, expected) => {
  expect(surroundings(env, (path) => files.includes(path))).toBe(expected);
});

test('a dev container without a socket is told how to get one', () => {
  const advice = missingSocketAdvice({ REMOTE_CONTAINERS: 'true' }, () => false);
  expect(advice).toContain('docker-outside-of-docker');
  expect(missingSocketAdvice({}, () => false)).toBeUndefined();
});

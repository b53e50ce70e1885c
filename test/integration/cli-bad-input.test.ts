/** Whatever is wrong with the world, the command line says what it is and what to do, and exits by its contract. */
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildkits, environmentFor, requireBuildkit } from '../env/context';
import { startRelay } from './relay';
import { runCli, startCli } from './run-cli';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llb-lens-bad-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A context folder with this Dockerfile. */
function context(name: string, dockerfile: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'Dockerfile'), dockerfile);
  return path;
}

describe('without a BuildKit, exit code 3', () => {
  test('nothing at the address: says where it looked and how to choose another', async () => {
    const path = context('no-buildkit', 'FROM scratch\n');
    const env = { ...process.env, BUILDKIT_HOST: `unix://${folder}/nothing.sock` };
    const { code, stdout, stderr } = await runCli(['build', path], { env });
    expect(stderr).toContain(`there is nothing at unix://${folder}/nothing.sock`);
    expect(stderr).toMatch(/Start buildkitd there\. .*BUILDKIT_HOST/);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });

  test('a socket of something else: says that it is not BuildKit', async () => {
    const server = createServer((_, response) => response.writeHead(404).end('no'));
    const path = join(folder, 'other.sock');
    server.listen(path);
    await once(server, 'listening');
    const { code, stderr } = await runCli([
      'build',
      '--builder',
      `unix://${path}`,
      context('wrong-socket', 'FROM scratch\n'),
    ]);
    server.close();
    expect(stderr).toMatch(/what answers at unix:\/\/.*other\.sock is not BuildKit/);
    expect(code).toBe(3);
  });

  test('compiling still works, with guessed images, and says so', async () => {
    const path = join(context('offline', 'FROM alpine\nRUN true\n'), 'Dockerfile');
    const env = { ...process.env, BUILDKIT_HOST: `unix://${folder}/nothing.sock` };
    const { code, stdout, stderr } = await runCli(['llb', path], { env });
    expect(stderr).toContain('image metadata is guessed');
    expect(stdout).toContain('docker-image://docker.io/library/alpine:latest');
    expect(code).toBe(0);
  });

  test('an address that is none is wrong usage', async () => {
    const { code, stderr } = await runCli([
      'build',
      '--builder',
      'gopher://x',
      context('bad-address', 'FROM scratch\n'),
    ]);
    expect(stderr).toContain('gopher://x');
    expect(code).toBe(2);
  });
});

describe('inputs that cannot be read, exit code 1', () => {
  test('no such context', async () => {
    const { code, stderr } = await runCli(['build', join(folder, 'nowhere')]);
    expect(stderr).toMatch(/does not exist: .*nowhere/);
    expect(code).toBe(1);
  });

  test.skipIf(process.getuid?.() !== 0)('a context that this user may not read', async () => {
    const path = context('private', 'FROM scratch\nCOPY . /\n');
    chmodSync(folder, 0o755);
    chmodSync(path, 0o700);
    const { code, stderr } = await runCli(['build', path], { uid: 65_534, cwd: '/' });
    expect(stderr).toMatch(/cannot be read: .*private.*; check its permissions/);
    expect(code).toBe(1);
  });

  test('a secret file that is not there', async () => {
    const path = context('secret-file', 'FROM scratch\n');
    const { code, stderr } = await runCli(['build', '--secret', 'id=key,src=no-such-key', path]);
    expect(stderr).toMatch(/secret "key" does not exist: .*no-such-key/);
    expect(code).toBe(1);
  });

  test('a secret variable that is not set', async () => {
    const path = context('secret-env', 'FROM scratch\n');
    const { code, stderr } = await runCli(['build', '--secret', 'id=key,env=NO_SUCH_KEY', path]);
    expect(stderr).toMatch(/environment variable NO_SUCH_KEY, which is not set/);
    expect(code).toBe(1);
  });
});

describe.each(buildkits())('builds that cannot succeed on $name, exit code 1', (buildkit) => {
  const env = environmentFor(buildkit);
  const sub = (name: string) => `${name}-${buildkit.name}`;

  test('a syntax error: says which line', async () => {
    const path = context(sub('syntax'), 'FROM alpine\nRUN true\nFETCH x\n');
    const { code, stderr } = await runCli(['build', path], { env });
    expect(stderr).toContain(`${join(path, 'Dockerfile')}:3: `);
    expect(stderr).toContain('unknown instruction: FETCH');
    expect(code).toBe(1);
  });

  test('an unknown target: says which there are', async () => {
    const path = context(sub('target'), 'FROM alpine AS app\nFROM app AS test\n');
    const { code, stderr } = await runCli(['build', '--target', 'tset', path], { env });
    expect(stderr).toMatch(/"tset".*app, test/);
    expect(code).toBe(1);
  });

  test('a required secret that nobody gave: says how to give it', async () => {
    const path = context(
      sub('secret'),
      'FROM alpine\nRUN --mount=type=secret,id=key,required=true cat /run/secrets/key\n',
    );
    const { code, stderr } = await runCli(['build', path], { env });
    expect(stderr).toContain(`${join(path, 'Dockerfile')}:2: `);
    expect(stderr).toMatch(/secret key: not found.*secrets/);
    expect(code).toBe(1);
  });

  test('an image that is not there: BuildKit’s own words, and the line', async () => {
    const path = context(sub('image'), 'FROM no-such-image:1\n');
    const { code, stderr } = await runCli(['build', path], { env });
    expect(stderr).toContain(`${join(path, 'Dockerfile')}:1: `);
    expect(stderr).toContain('docker.io/library/no-such-image:1');
    expect(code).toBe(1);
  });

  test('a command that fails: its exit code, its output and its line', async () => {
    const path = context(sub('exit'), 'FROM alpine\nRUN echo "is it $((6*7))?"; exit 7\n');
    const { code, stderr } = await runCli(['build', '--no-cache', path], { env });
    expect(stderr).toContain('is it 42?');
    expect(stderr).toContain('\n  1 |     FROM alpine\n  2 | >>> RUN echo');
    expect(stderr).toContain(`${join(path, 'Dockerfile')}:2: `);
    expect(stderr).toContain('did not complete successfully: exit code: 7');
    expect(code).toBe(1);
  });

  test('with --json the failure is data on stderr', async () => {
    const path = context(sub('json'), 'FROM alpine\nFETCH x\n');
    const { code, stdout, stderr } = await runCli(['build', '--json', '--quiet', path], { env });
    const report: unknown = JSON.parse(stderr);
    expect(report).toMatchObject({
      error: { file: join(path, 'Dockerfile'), line: 2, exitCode: 1 },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe.skipIf(buildkits().length === 0)('a daemon that dies in the middle of a build', () => {
  test('ends the build soon, says what happened and what to check', async () => {
    const { buildkitHost } = requireBuildkit();
    const relay = await startRelay(new URL(buildkitHost ?? '').pathname);
    const path = context('dies', 'FROM alpine\nRUN echo run$((0))ning; sleep 60\n');
    const cli = startCli(['build', '--no-cache', '--builder', `unix://${relay.path}`, path]);
    await cli.says('run0ning');
    const cut = performance.now();
    relay.cut();
    const { code, stderr } = await cli.ended;
    expect(performance.now() - cut).toBeLessThan(5_000);
    expect(stderr).toMatch(/connection to BuildKit broke off.*still running/is);
    expect(code).toBe(1);
  });
});

/** Builds whose context or Dockerfile lies on the network, fetched by the builder for real. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { environmentFor, requireBuildkit } from '../env/context';
import { runCli } from './run-cli';
import { makeRepository, startSources, type SourcesServer } from './sources-server';

const buildkit = requireBuildkit('containerd');
const root = mkdtempSync(join(tmpdir(), 'llb-lens-sources-'));
const repositories = join(root, 'repositories');
let sources: SourcesServer;
beforeAll(async () => {
  mkdirSync(repositories);
  sources = await startSources(repositories);
});
afterAll(async () => {
  await sources.close();
  rmSync(root, { recursive: true, force: true });
});

let folder: string;
let temporary: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  temporary = mkdtempSync(join(root, 'tmp-'));
});

const env = () => ({ ...environmentFor(buildkit), TMPDIR: temporary });
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const dockerfile = 'FROM scratch\nCOPY said /\n';

async function build(...args: readonly string[]) {
  const run = await runCli(['build', ...args], { cwd: folder, env: env() });
  // Whatever was downloaded for the build is gone after it.
  expect(readdirSync(temporary)).toEqual([]);
  return run;
}

async function built(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await build('-o', 'out', ...args);
  if (code !== 0) throw new Error(stderr);
}

/** A name that no other test run has used, since builders keep what they fetched. */
const fresh = () => `c${crypto.randomUUID().slice(0, 8)}`;

function archive(files: Readonly<Record<string, string>>): Buffer {
  const from = mkdtempSync(join(root, 'archive-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(from, name), text);
  return execFileSync('tar', ['-cz', '.'], { cwd: from });
}

describe('a context', () => {
  test('is fetched as an archive', async () => {
    const path = `/${fresh()}.tar.gz`;
    sources.files.set(path, archive({ Dockerfile: dockerfile, said: 'from an archive' }));
    await built(`${sources.url}${path}`);
    expect(read('out/said')).toBe('from an archive');
  });

  test.each([
    ['#v1', 'at a tag', 'top'],
    ['#main:below', 'in a folder of it', 'below'],
  ])('is fetched with git%s, %s', async (fragment, _, said) => {
    const name = fresh();
    makeRepository(repositories, name, {
      Dockerfile: dockerfile,
      said: 'top',
      'below/Dockerfile': dockerfile,
      'below/said': 'below',
    });
    await built(`${sources.url}/${name}.git${fragment}`);
    expect(read('out/said')).toBe(said);
  });

  test('can be named, and is another repository', async () => {
    const name = fresh();
    makeRepository(repositories, name, { said: 'from git' });
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY --from=g said /\n');
    await built('--build-context', `g=${sources.url}/${name}.git`, '.');
    expect(read('out/said')).toBe('from git');
  });

  test('that is not there fails with the address', async () => {
    const { code, stderr } = await build(`${sources.url}/${fresh()}.tar.gz`);
    expect(code).toBe(1);
    expect(stderr).toContain('404');
  });
});

describe('a Dockerfile at an address', () => {
  test('is built with a local context', async () => {
    const path = `/${fresh()}`;
    sources.files.set(path, dockerfile);
    writeFileSync(join(folder, 'said'), 'from here');
    await built('-f', `${sources.url}${path}`, '.');
    expect(read('out/said')).toBe('from here');
  });

  test('is built with a remote context in place of the one there', async () => {
    const [path, context] = [`/${fresh()}`, `/${fresh()}.tar`];
    sources.files.set(path, dockerfile);
    sources.files.set(context, archive({ Dockerfile: 'FROM nothing-such', said: 'from there' }));
    await built('-f', `${sources.url}${path}`, `${sources.url}${context}`);
    expect(read('out/said')).toBe('from there');
  });

  test('tells mistakes by the address', async () => {
    const path = `/${fresh()}`;
    sources.files.set(path, 'FROM scratch\nCOPIE a /\n');
    const { code, stderr } = await build('-f', `${sources.url}${path}`, '.');
    expect(code).toBe(1);
    expect(stderr).toContain(`${sources.url}${path}:2`);
  });

  test('is refused when it is too long, and when it is not there', async () => {
    const path = `/${fresh()}`;
    sources.files.set(path, Buffer.alloc(3_000_000, '#'));
    const long = await build('-f', `${sources.url}${path}`, '.');
    expect(long.code).toBe(1);
    expect(long.stderr).toContain('3000000 bytes');
    const none = await build('-f', `${sources.url}/${fresh()}`, '.');
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('404');
  });
});

describe('the time of a source', () => {
  test.each([
    ['an archive is that of its newest file', true, 1_650_000_000],
    ['a plain file is none', false, undefined],
  ])('%s', async (_what, isArchive, epoch) => {
    const from = mkdtempSync(join(root, 'times-'));
    for (const seconds of [1_600_000_000, 1_650_000_000]) {
      writeFileSync(join(from, `${seconds}`), '');
      utimesSync(join(from, `${seconds}`), seconds, seconds);
    }
    const files = ['1600000000', '1650000000'];
    const path = `/${fresh()}`;
    sources.files.set(
      path,
      isArchive ? execFileSync('tar', ['-cz', ...files], { cwd: from }) : 'text',
    );
    writeFileSync(
      join(folder, 'Dockerfile'),
      `FROM scratch AS source\nADD ${sources.url}${path} /\nFROM scratch\nCOPY a /\n`,
    );
    const run = await runCli(
      ['llb', 'Dockerfile', '--build-arg', 'SOURCE_DATE_EPOCH=source', '--format', 'json'],
      { cwd: folder, env: env() },
    );
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toMatchObject({
      results: [epoch === undefined ? {} : { epoch }],
    });
    expect(run.stdout.includes('"epoch"')).toBe(epoch !== undefined);
  });
});

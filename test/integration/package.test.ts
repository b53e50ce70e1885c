/**
 * What users install: the npm tarball and the vsix, each put into an empty folder and started
 * there, with no network and nothing of the repository around.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { initialize } from './language-client';
import { unzip } from './unzip';

const root = resolve(__dirname, '../..');
const vsix = join(root, `llb-lens-${version}.vsix`);
const tarball = join(root, `llb-lens-${version}.tgz`);
let empty: string;

beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'llb-lens-package-'));
  if (isFresh()) return;
  const packed = spawnSync('npm', ['run', 'package'], { cwd: root, encoding: 'utf8' });
  if (packed.status !== 0)
    throw new Error(`npm run package failed:\n${packed.stdout}${packed.stderr}`);
});

afterAll(() => {
  rmSync(empty, { recursive: true, force: true });
});

/** `npm test` has made the packages already; a test run by hand makes them when they are behind. */
function isFresh(): boolean {
  const built = join(root, 'dist/cli.js');
  if (![vsix, tarball, built].every((file) => existsSync(file))) return false;
  return [vsix, tarball].every((file) => statSync(file).mtimeMs > statSync(built).mtimeMs);
}

/** Runs a script with this Node in a folder of its own and an environment without a PATH. */
function run(script: string, ...args: string[]) {
  const cwd = join(empty, 'work');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'Dockerfile'), 'FROM scratch\nCOPY hello /\n');
  const env = { HOME: empty, PATH: '' };
  return spawnSync(process.execPath, [script, ...args], { cwd, env, encoding: 'utf8' });
}

describe('the npm tarball', () => {
  let cli: string;

  beforeAll(() => {
    const folder = join(empty, 'npm');
    mkdirSync(folder);
    const install = spawnSync(
      'npm',
      ['install', '--offline', '--no-audit', '--no-fund', '--prefix', folder, tarball],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(install.status, install.stderr).toBe(0);
    cli = join(folder, 'node_modules/llb-lens/dist/cli.js');
  });

  test('has a command that says its version', () => {
    const command = join(empty, 'npm/node_modules/.bin/llb-lens');
    expect(spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout.trim()).toBe(version);
  });

  test('compiles a Dockerfile', () => {
    const { stdout, stderr, status } = run(cli, 'llb', 'Dockerfile', '--offline');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('local://context');
  });

  test('serves LSP', async () => {
    const { serverInfo } = await initialize([process.execPath, cli, 'lsp', '--stdio']);
    expect(serverInfo).toEqual({ name: 'llb-lens', version });
  });

  test('holds no sources and no packages', () => {
    const listed = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).stdout.split('\n');
    expect(listed.filter((name) => /node_modules|\.tsx?$|\.map$|test\//.test(name))).toEqual([]);
    expect(listed).toContain('package/LICENSE');
    expect(listed).toContain('package/dist/THIRD-PARTY-NOTICES.txt');
  });
});

describe('the vsix', () => {
  let files: string[];
  let dist: string;

  beforeAll(() => {
    const folder = join(empty, 'vsix');
    files = unzip(vsix, folder);
    dist = join(folder, 'extension/dist');
  });

  test('holds what the manifest names, and no sources and no packages', () => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(empty, 'vsix/extension/package.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({ name: 'llb-lens', publisher: 'llb-lens', version });
    expect(files).toContain('extension/dist/extension.js');
    expect(files).toContain('extension/dist/webview/main.js');
    expect(files).toContain('extension/dist/THIRD-PARTY-NOTICES.txt');
    expect(files.filter((name) => /node_modules|\.tsx?$|\.map$|\/test\//.test(name))).toEqual([]);
  });

  test('is lean', () => {
    expect(statSync(vsix).size).toBeLessThan(2_000_000);
  });

  test('starts its language server', async () => {
    const server = join(dist, 'language-server.js');
    const { serverInfo } = await initialize([process.execPath, server, '--stdio']);
    expect(serverInfo).toEqual({ name: 'llb-lens', version });
  });

  test('starts its command line, which terminals of the debugger need', () => {
    expect(run(join(dist, 'cli.js'), '--version').stdout.trim()).toBe(version);
  });

  test('names the licence of every package inside', () => {
    const notices = readFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['elkjs', 'd3-zoom', 'commander', 'vscode-languageclient']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
  });
});

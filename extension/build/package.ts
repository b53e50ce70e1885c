/**
 * `npm run package`: makes `llb-lens-<version>.vsix` and `llb-lens-<version>.tgz` from `dist/`.
 *
 * Both have the one version of package.json and take files by allow-list only: the tarball by
 * `files` in package.json, the vsix by {@link vsixFiles}. The vsix is packed from a folder that
 * holds nothing else, because vsce refuses to combine its own list with npm's `files`.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  browserExtensionEntries,
  browserServerEntries,
  copies,
  extensionEntries,
  nodeEntries,
  webviewEntries,
} from './bundles';

const root = resolve(__dirname, '../..');

/** All that the extension holds besides its manifest. */
const vsixFiles = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'package.nls.json',
  'extension/media',
  'l10n',
  'dist',
];

/** Parts of package.json that mean something to npm and its users only. */
const npmOnly = new Set(['bin', 'files', 'scripts', 'devDependencies']);

/** @param name where a failure is blamed; the child's words go to our own stdout and stderr */
function run(name: string, command: readonly string[], cwd: string): void {
  const [file = '', ...args] = command;
  const { status, error } = spawnSync(file, args, { cwd, stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${name} failed with exit code ${String(status)}`);
}

function readManifest(): Record<string, unknown> & { name: string; version: string } {
  const value: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error('package.json is no object');
  const fields = Object.fromEntries(Object.entries(value));
  const { name, version } = fields;
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw new Error('package.json needs a name and a version');
  }
  return { ...fields, name, version };
}

/** A half-built `dist` would make a package that fails on its user's machine. */
function requireBuild(): void {
  const outputs = [
    ...[
      ...nodeEntries,
      ...extensionEntries,
      ...browserExtensionEntries,
      ...browserServerEntries,
    ].map(({ output }) => `${output}.js`),
    ...webviewEntries.map(
      ({ source, output }) => output + (source.endsWith('.css') ? '.css' : '.js'),
    ),
    ...copies.map(({ output }) => output),
    'THIRD-PARTY-NOTICES.txt',
  ];
  const missing = outputs.filter((output) => !existsSync(join(root, 'dist', output)));
  if (missing.length > 0) throw new Error(`dist lacks ${missing.join(', ')}; run npm run build`);
}

function makeVsix(manifest: ReturnType<typeof readManifest>, out: string): void {
  const stage = mkdtempSync(join(tmpdir(), 'llb-lens-vsix-'));
  try {
    const own = Object.entries(manifest).filter(([key]) => !npmOnly.has(key));
    const staged = { ...Object.fromEntries(own), files: ['**'] };
    writeFileSync(join(stage, 'package.json'), JSON.stringify(staged, undefined, 2));
    for (const path of vsixFiles) {
      if (existsSync(join(root, path)))
        cpSync(join(root, path), join(stage, path), { recursive: true });
    }
    const vsce = join(root, 'node_modules/@vscode/vsce/vsce');
    run('vsce', [process.execPath, vsce, 'package', '--no-dependencies', '--out', out], stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function makeTarball(): void {
  // On Windows npm is a script, which only a shell starts; nothing here needs quoting.
  const npm = process.platform === 'win32' ? ['cmd', '/c', 'npm'] : ['npm'];
  run('npm pack', [...npm, 'pack', '--ignore-scripts', '--pack-destination', root], root);
}

function main(): void {
  requireBuild();
  const manifest = readManifest();
  const stem = join(root, `${manifest.name}-${manifest.version}`);
  makeVsix(manifest, `${stem}.vsix`);
  makeTarball();
  for (const file of [`${stem}.vsix`, `${stem}.tgz`]) {
    console.log(`${file}: ${(statSync(file).size / 1024).toFixed(0)} kB`);
  }
}

main();

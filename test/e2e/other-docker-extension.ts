/** Stands for another extension that serves Dockerfiles: its name, and one hover. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What its hover says. */
export const OTHER_HOVER = 'as the other extension tells it';

const vsce = resolve(import.meta.dirname, '../../node_modules/@vscode/vsce/vsce');

const manifest = {
  publisher: 'docker',
  name: 'docker',
  version: '0.0.1',
  engines: { vscode: '^1.90.0' },
  main: 'main.js',
  activationEvents: ['onLanguage:dockerfile'],
};

const program = `const { Hover, languages } = require('vscode');
exports.activate = () =>
  languages.registerHoverProvider('dockerfile', {
    provideHover: () => new Hover(${JSON.stringify(OTHER_HOVER)}),
  });
`;

/** @param folder where it is made @returns the packed extension */
export function otherDockerExtension(folder: string): string {
  const stage = join(folder, 'other-extension');
  const vsix = join(folder, 'other-extension.vsix');
  mkdirSync(stage, { recursive: true });
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(stage, 'main.js'), program);
  writeFileSync(join(stage, 'README.md'), 'Another extension.\n');
  const argv = [vsce, 'package', '--no-dependencies', '--skip-license', '--out', vsix];
  execFileSync(process.execPath, [...argv, '--allow-missing-repository'], { cwd: stage });
  return vsix;
}

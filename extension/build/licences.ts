/**
 * Which licences may be in what we ship, and the notices file that says whose code it is.
 *
 * The list is made from what esbuild really put into the bundles, not from package.json, so a
 * library that tree shaking removed is not named and one that slipped in is.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** SPDX ids that permit shipping in a binary under Apache-2.0 with a notice. */
const allowed = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'CC0-1.0',
  'Unlicense',
  'BlueOak-1.0.0',
]);

/** Licences that are fine for one package, under a condition that `copies` in bundles.ts meets. */
const allowedFor: Readonly<Record<string, string>> = {
  // Weak copyleft by file: shipped unmodified as a file of its own.
  elkjs: 'EPL-2.0',
};

/** What stands for the text of a licence that asks for no notice, where a package brings none. */
const dedications: Readonly<Record<string, string>> = {
  'CC0-1.0': 'In the public domain: https://creativecommons.org/publicdomain/zero/1.0/',
};

/** The licence of a package that leaves its file in its repository, as it stands there. */
const withoutFile: Readonly<Record<string, string>> = {
  '@vscode/l10n': `MIT License

Copyright (c) Microsoft Corporation.

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`,
};

export type Package = {
  readonly name: string;
  readonly version: string;
  /** SPDX expression from its package.json. */
  readonly licence: string;
  /** Full text of its licence file. */
  readonly text: string;
};

/**
 * The licence under which a package is used: the first alternative of its SPDX expression that is
 * allowed, or undefined when none is. `AND` needs all its parts.
 */
export function chosenLicence(name: string, expression: string): string | undefined {
  const alternatives = expression.replace(/^\((.*)\)$/, '$1').split(/\s+OR\s+/);
  return alternatives.find((alternative) =>
    alternative
      .replace(/^\((.*)\)$/, '$1')
      .split(/\s+AND\s+/)
      .every((id) => allowed.has(id) || allowedFor[name] === id),
  );
}

/**
 * The packages behind bundle inputs, sorted by name and version.
 * @param inputs files as esbuild's metafile names them (relative to `root`)
 * @throws Error when a package has no licence file or names none
 */
export function packagesOf(inputs: Iterable<string>, root: string): Package[] {
  const folders = new Set<string>();
  for (const input of inputs) {
    const folder = packageFolder(resolve(root, input), root);
    if (folder !== undefined) folders.add(folder);
  }
  const packages = new Map<string, Package>();
  for (const folder of folders) {
    const found = readPackage(folder);
    packages.set(`${found.name}@${found.version}`, found);
  }
  return [...packages.values()].sort((a, b) =>
    `${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1,
  );
}

/** @throws Error naming every package whose licence is not allowed */
export function checkLicences(packages: readonly Package[]): void {
  const refused = packages.filter((one) => chosenLicence(one.name, one.licence) === undefined);
  if (refused.length === 0) return;
  const lines = refused.map((one) => `  ${one.name} ${one.version}: ${one.licence}`);
  throw new Error(
    `These packages may not be shipped; replace them or, if the licence is permissive, ` +
      `add it to extension/build/licences.ts:\n${lines.join('\n')}`,
  );
}

/** The text of THIRD-PARTY-NOTICES.txt. */
export function noticesText(packages: readonly Package[]): string {
  const line = '-'.repeat(78);
  const sections = packages.map((one) => {
    const licence = chosenLicence(one.name, one.licence) ?? one.licence;
    return `${line}\n${one.name} ${one.version} (${licence})\n${line}\n\n${one.text.trim()}\n`;
  });
  return (
    'LLB Lens contains code of the following packages, each under its own licence.\n\n' +
    sections.join('\n')
  );
}

/** The nearest folder above a file in `node_modules` whose package.json has a name and a version. */
function packageFolder(file: string, root: string): string | undefined {
  if (!file.includes('/node_modules/') && !file.includes('\\node_modules\\')) return undefined;
  for (let folder = dirname(file); folder !== root; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && textField(manifest, 'version') !== undefined) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new Error(`no package.json above ${file}`);
}

function readPackage(folder: string): Package {
  const manifest = join(folder, 'package.json');
  const name = textField(manifest, 'name') ?? folder;
  const version = textField(manifest, 'version') ?? '';
  const licence = textField(manifest, 'license');
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const dedication =
    licence === undefined ? undefined : (withoutFile[name] ?? dedications[licence]);
  if (licence !== undefined && file === undefined && dedication !== undefined) {
    return { name, version, licence, text: dedication };
  }
  if (licence === undefined || file === undefined) {
    throw new Error(`${name} ${version} has no licence ${licence === undefined ? 'id' : 'file'}`);
  }
  return { name, version, licence, text: readFileSync(join(folder, file), 'utf8') };
}

function textField(manifest: string, field: string): string | undefined {
  const value: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  if (typeof value !== 'object' || value === null || !(field in value)) return undefined;
  const found: unknown = Object.entries(value).find(([key]) => key === field)?.[1];
  return typeof found === 'string' ? found : undefined;
}

/** Which folders are sent to a builder that evaluates. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFolders } from './read-folders';

describe('the folders that an evaluation reads', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'llb-lens-folders-'));
    for (const path of ['flake/part', 'other', 'plain/sub']) {
      mkdirSync(join(root, path), { recursive: true });
    }
    writeFileSync(join(root, 'flake/flake.nix'), '');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    ['a flake from within', ['.#a'], 'flake/part', undefined, ['flake']],
    ['no reference before the attribute', ['#a'], 'flake', undefined, ['flake']],
    ['a path beside', ['path:../other#a', '.#b'], 'flake', undefined, ['flake', 'other']],
    ['one inside another', ['.#a', './part#b'], 'flake', undefined, ['flake']],
    ['what lies elsewhere', ['nixpkgs#hello', 'github:a/b#c'], 'flake', undefined, []],
    ['an expression here', ['a'], 'plain', 'sub/x.nix', ['plain']],
    ['an expression elsewhere', ['a'], 'plain', '../flake/part/x.nix', ['flake']],
  ])('%s', (_, names, cwd, file, folders) => {
    const options = { cwd: join(root, cwd), ...(file === undefined ? {} : { file }) };
    expect(readFolders(names, options)).toEqual(folders.map((each) => join(root, each)));
  });
});

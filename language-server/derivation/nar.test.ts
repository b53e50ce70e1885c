import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, linkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { byteStringOfText, bytesOf } from './byte-string';
import { treeAt, type FileTree } from './file-tree';
import { narBytes, NarError, narHash, readNar } from './nar';
import { TarError, treeOfTar } from './tar';

const file = (text: string, executable = false): FileTree => ({
  kind: 'file',
  executable,
  contents: bytesOf(text),
});
const directory = (entries: Record<string, FileTree>): FileTree => ({
  kind: 'directory',
  entries: new Map(Object.entries(entries)),
});
const TREE = directory({
  b: file('text'),
  a: directory({ empty: directory({}), tool: file('#!/bin/sh\n', true) }),
  ü: { kind: 'symlink', target: 'b' },
});

describe('Nix archives', () => {
  it('hashes a file as Nix does', () => {
    expect(narHash(file('hello\n'))).toEqual({
      hash: 'sha256-HDfQGvQL4ugGkd48w99EN3ppmvuxfGjwgJZLL9Bx/BM=',
      size: 120,
    });
  });

  it('does not depend on the order of entries', () => {
    const turned = TREE.kind === 'directory' ? [...TREE.entries].reverse() : [];
    expect(narHash({ kind: 'directory', entries: new Map(turned) })).toEqual(narHash(TREE));
  });

  it('reads back what it wrote', () => {
    expect(narBytes(readNar(narBytes(TREE)))).toEqual(narBytes(TREE));
  });

  it('refuses what is no archive, wherever it is cut', () => {
    const whole = narBytes(TREE);
    for (let length = 0; length < whole.length; length += 8) {
      expect(() => readNar(whole.subarray(0, length))).toThrow(NarError);
    }
    expect(() => readNar(bytesOf('x'.repeat(64)))).toThrow(NarError);
    expect(() => readNar(narBytes(directory({ '..': file('') })))).toThrow(/invalid file name/);
  });
});

describe('tar archives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-tar-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['ustar', 'pax', 'gnu'])('reads what tar writes as %s', (format) => {
    const root = join(folder, format);
    const long = `${'long-'.repeat(18)}name`;
    const deep = join(root, long, format === 'ustar' ? 'x' : long, 'ü');
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'file'), 'text', { mode: 0o644 });
    writeFileSync(join(root, 'tool'), 'run', { mode: 0o755 });
    linkSync(join(root, 'tool'), join(root, 'tool-too'));
    symlinkSync(`${long}/x`, join(root, 'link'));
    const bytes = new Uint8Array(
      execFileSync('tar', [`--format=${format}`, '-C', root, '-c', '.']),
    );
    const tree = treeOfTar(bytes);
    const path = deep.slice(root.length);
    expect(treeAt(tree, byteStringOfText(`${path}/file`))).toEqual(file('text'));
    expect(treeAt(tree, '/tool-too')).toEqual(treeAt(tree, '/tool'));
    expect(treeAt(tree, '/tool')).toMatchObject({ executable: true });
    expect(treeAt(tree, '/link')).toEqual({ kind: 'symlink', target: `${long}/x` });
  });

  it('refuses what is no archive', () => {
    expect(() => treeOfTar(bytesOf('x'.repeat(1024)))).toThrow(TarError);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tar } from './tar';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is read by the tar of the machine: paths, modes, owners, targets and contents', () => {
  const file = join(folder, 'a.tar');
  writeFileSync(
    file,
    tar([
      { type: 'folder', path: 'home', owner: 1000 },
      { type: 'file', path: 'home/f', content: 'x'.repeat(513), mode: 0o4755 },
      { type: 'link', path: 'bin', target: 'usr/bin' },
    ]),
  );
  const listed = execFileSync('tar', ['--numeric-owner', '-tvf', file], {
    encoding: 'utf8',
    env: { TZ: 'UTC', PATH: process.env['PATH'] },
  });
  expect(listed.replace(/ +/g, ' ')).toBe(
    [
      'drwxr-xr-x 1000/1000 0 2023-11-14 22:13 home/',
      '-rwsr-xr-x 0/0 513 2023-11-14 22:13 home/f',
      'lrwxrwxrwx 0/0 0 2023-11-14 22:13 bin -> usr/bin',
      '',
    ].join('\n'),
  );
  expect(execFileSync('tar', ['-xOf', file, 'home/f'], { encoding: 'utf8' })).toBe('x'.repeat(513));
});

it('refuses a path that its headers cannot hold', () => {
  expect(() => tar([{ type: 'folder', path: 'a'.repeat(100) }])).toThrow(RangeError);
});

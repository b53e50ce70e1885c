import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SmallFiles } from './small-files';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-small-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('a file is read again when it has changed, and forgotten when it is gone', async () => {
  const files = new SmallFiles();
  const path = join(folder, '.dockerignore');
  expect(await files.read(path)).toBeUndefined();
  writeFileSync(path, 'a');
  expect(await files.read(path)).toBe('a');
  expect(await files.read(path)).toBe('a');
  writeFileSync(path, 'bb');
  expect(await files.read(path)).toBe('bb');
  rmSync(path);
  expect(await files.read(path)).toBeUndefined();
  expect(await files.read(folder)).toBeUndefined();
});

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveLeases, standingLease, takeLease } from './leases';
import { tryLock, unlock, withLock } from './lock';
import { identityOf, isAlive } from './process-identity';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leases-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The identity of a process that has ended. */
async function deadIdentity(): Promise<string> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  const identity = identityOf(child.pid ?? 0);
  await new Promise((resolve) => child.once('close', resolve));
  return identity;
}

it.runIf(process.platform === 'linux')(
  'knows a process that runs from one that has ended',
  async () => {
    expect(isAlive(identityOf(process.pid))).toBe(true);
    expect(isAlive(await deadIdentity())).toBe(false);
  },
);

it.runIf(process.platform === 'linux')('takes a process of the same number for another one', () => {
  expect(isAlive(`${process.pid}-1`)).toBe(false);
});

it.runIf(process.platform === 'linux')(
  'drops the leases of processes that have ended',
  async () => {
    takeLease(folder, await deadIdentity());
    const release = takeLease(folder);
    takeLease(folder, standingLease);
    expect(liveLeases(folder)).toHaveLength(2);
    expect(readdirSync(folder)).toHaveLength(2);
    release();
    expect(liveLeases(folder)).toEqual([standingLease]);
  },
);

it('has no leases where none was ever taken', () => {
  expect(liveLeases(join(folder, 'none'))).toEqual([]);
});

it('lets one holder of a lock in at a time', async () => {
  const path = join(folder, 'lock');
  const order: string[] = [];
  const work = (name: string) =>
    withLock(path, async () => {
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} out`);
    });
  await Promise.all([work('a'), work('b')]);
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
});

it('gives a lock up when the action fails', async () => {
  const path = join(folder, 'lock');
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(tryLock(path)).toBe(true);
  unlock(path);
});

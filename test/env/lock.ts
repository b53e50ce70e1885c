// A lock between processes: a folder that one process at a time can make.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, ownIdentity } from './process-identity';

/** Runs `action` while no other process holds the lock. A lock whose owner has died is taken over. */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  while (!tryLock(path)) await sleep(100);
  try {
    return await action();
  } finally {
    unlock(path);
  }
}

/** Takes the lock if it is free. */
export function tryLock(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(path, 'owner'), ownIdentity());
  return true;
}

export function unlock(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function readOwner(path: string): string | undefined {
  try {
    const owner = readFileSync(join(path, 'owner'), 'utf8');
    return owner === '' ? undefined : owner;
  } catch {
    return undefined; // its owner is just between making the folder and writing its name
  }
}

// Who uses the running environment: one file for each process, named by the process.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, ownIdentity } from './process-identity';

/** The lease of `env:up`, which no process holds: it lasts until `env:down`. */
export const standingLease = 'standing';

let taken = 0;

/** Takes a lease for this process, or the standing one; returns the function that gives it back. */
export function takeLease(folder: string, name = `${ownIdentity()}.${(taken += 1)}`): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, '');
  return () => rmSync(file, { force: true });
}

/** The leases in force; those of dead processes are removed. */
export function liveLeases(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // none was ever taken
  }
  return names.filter((name) => {
    const live = name === standingLease || isAlive(name.replace(/\.\d+$/, ''));
    if (!live) rmSync(join(folder, name), { force: true });
    return live;
  });
}

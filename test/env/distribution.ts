// What this machine is, and whether we may provision on it: only as root on Debian or Ubuntu.
import { readFileSync } from 'node:fs';

export interface Distribution {
  readonly id: 'debian' | 'ubuntu';
  readonly codename: string;
}

/** Reads `os-release(5)`: `undefined` on anything that is neither Debian nor Ubuntu. */
export function parseOsRelease(text: string): Distribution | undefined {
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const ids = [field('ID'), ...field('ID_LIKE').split(' ')];
  const id = ids.find((value) => value === 'debian' || value === 'ubuntu');
  return id === undefined
    ? undefined
    : { id, codename: field('UBUNTU_CODENAME') || field('VERSION_CODENAME') };
}

/** The distribution, or the reason why nothing may be provisioned here. */
export function provisionable(): Distribution | string {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Debian or Ubuntu`;
  const distribution = parseOsRelease(readOsRelease());
  if (distribution === undefined) return 'this is neither Debian nor Ubuntu';
  if (process.getuid?.() !== 0) return 'provisioning needs root';
  return distribution;
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

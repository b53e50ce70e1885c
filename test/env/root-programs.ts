// Scripts that run the private root's programs as if they were installed on the machine.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Places } from './places';

const programs = [
  'docker',
  'docker-registry',
  'nix',
  'nix-build',
  'nix-hash',
  'nix-instantiate',
  'nix-store',
] as const;

/** @param processId process 1 of the running root, by its number outside */
export function writeRootPrograms(places: Places, processId: string): void {
  rmSync(places.bin, { recursive: true, force: true });
  mkdirSync(places.bin, { recursive: true });
  for (const program of programs) {
    const script = `#!/bin/sh\nexec nsenter --target ${processId} --mount --pid --wdns="$PWD" -- /usr/bin/${program} "$@"\n`;
    writeFileSync(join(places.bin, program), script, { mode: 0o755 });
  }
}

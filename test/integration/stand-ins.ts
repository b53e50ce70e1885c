/**
 * Programs that stand in for `docker exec`, `kubectl exec`, `ssh` and their like: each notes its
 * arguments and joins its stdin and stdout with a real daemon's socket, as the real ones do.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type StandIns = {
  /** For PATH. */
  readonly folder: string;
  /** The argument lists so far, oldest first. */
  calls(): readonly (readonly string[])[];
};

/** @param sockets the socket behind each program */
export function makeStandIns(folder: string, sockets: Readonly<Record<string, string>>): StandIns {
  mkdirSync(folder, { recursive: true });
  const journal = join(folder, 'calls.jsonl');
  writeFileSync(journal, '');
  for (const [program, socket] of Object.entries(sockets)) {
    const path = join(folder, program);
    writeFileSync(
      path,
      `#!${process.execPath}
const { appendFileSync } = require('node:fs');
appendFileSync(${JSON.stringify(journal)}, JSON.stringify([${JSON.stringify(program)}, ...process.argv.slice(2)]) + '\\n');
const daemon = require('node:net').connect(${JSON.stringify(socket)});
process.stdin.pipe(daemon).pipe(process.stdout);
daemon.on('close', () => process.exit());
`,
    );
    chmodSync(path, 0o755);
  }
  return {
    folder,
    calls: () =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => listOfTexts(JSON.parse(line))),
  };
}

function listOfTexts(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new Error('a stand-in wrote something else than its arguments');
}

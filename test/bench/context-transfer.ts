/**
 * The build context's way to BuildKit, against `docker buildx build` on the same files.
 *
 * Every run gets the files under a folder name of its own, because BuildKit otherwise asks only for
 * what changed since that folder was last sent. Both tools print how long the vertex "load build
 * context" took; that time is compared, not the life of the processes. Runs alternate, so that a
 * busy machine hurts both.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amount, median, type Figure } from './report';

const ROUNDS = 3;
const SMALL_FILES = 6_000;
const LARGE_FILES = 100;

export type TransferTools = {
  readonly cli: string;
  /** The environment in which `docker buildx` and our CLI reach the same BuildKit. */
  readonly env: NodeJS.ProcessEnv;
};

export function contextTransfer({ cli, env }: TransferTools): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-bench-'));
  const times = { ours: [] as number[], buildx: [] as number[] };
  try {
    let context = join(folder, 'first');
    const megabytes = writeContext(context);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const tool of ['buildx', 'ours'] as const) {
        const next = join(folder, `${tool}-${round}`);
        renameSync(context, next);
        context = next;
        times[tool].push(transferTime(tool, cli, context, env));
      }
    }
    const [ours, buildx] = [median(times.ours), median(times.buildx)];
    return [
      {
        name: `context of ${megabytes.toFixed(0)} MB, ${SMALL_FILES + LARGE_FILES} files`,
        value: amount(ours, 's'),
        note: `docker buildx build ${amount(buildx, 's')}; ratio ${(ours / buildx).toFixed(2)}; medians of ${ROUNDS}`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns how many megabytes were written */
function writeContext(folder: string): number {
  mkdirSync(folder);
  let bytes = 0;
  const write = (name: string, size: number) => {
    writeFileSync(join(folder, name), randomFillSync(Buffer.alloc(size)));
    bytes += size;
  };
  for (let index = 0; index < SMALL_FILES; index += 1) {
    if (index % 100 === 0) mkdirSync(join(folder, `d${index / 100}`));
    write(`d${Math.floor(index / 100)}/f${index}`, 500 + ((index * 7919) % 9_000));
  }
  for (let index = 0; index < LARGE_FILES; index += 1) write(`large-${index}`, 2_000_000);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  return bytes / 1e6;
}

/** Seconds that the transfer took, as the tool's plain progress tells. */
function transferTime(
  tool: 'ours' | 'buildx',
  cli: string,
  context: string,
  env: NodeJS.ProcessEnv,
): number {
  const command =
    tool === 'ours'
      ? [process.execPath, cli, 'build', context]
      : ['docker', 'buildx', 'build', '--progress', 'plain', '--output', 'type=cacheonly', context];
  const [file = '', ...args] = command;
  const run = spawnSync(file, args, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const output = run.stdout + run.stderr;
  if (run.status !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`);
  const vertex = /^#(\d+) \[internal\] load build context$/m.exec(output)?.[1] ?? '';
  // A vertex may be announced as done twice: for its cache key, and when it really ran.
  const done = [...output.matchAll(new RegExp(`^#${vertex} DONE ([0-9.]+)s$`, 'gm'))];
  const seconds = done.at(-1)?.[1];
  if (seconds === undefined) throw new Error(`no time of the context in:\n${output}`);
  return Number(seconds);
}

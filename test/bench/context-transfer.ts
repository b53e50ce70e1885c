/**
 * Builds against `docker buildx build` on the same files: sending contexts, cold and warm, a build
 * that is cached whole, a build of many steps. Wall time and processor time of the whole command.
 *
 * Cold runs get the files under a folder name of their own, because BuildKit otherwise asks only
 * for what changed since that folder was last sent. Runs alternate, so that a busy machine hurts
 * both; Node's start alone is told apart.
 */
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amount, median, type Figure } from './report';

export type TransferTools = {
  readonly cli: string;
  /** The environment in which `docker buildx` and our CLI reach the same BuildKit. */
  readonly env: NodeJS.ProcessEnv;
};

type Case = {
  /** `npm run bench -- transfer:ID` runs only this one. */
  readonly id: string;
  readonly name: string;
  readonly rounds: number;
  /** Fills an empty folder. */
  readonly write: (folder: string) => void;
  /** Whether each run finds the folder under a name that the daemon has not seen. */
  readonly cold: boolean;
};

const megabyte = 1_000_000;
const block = randomFillSync(Buffer.alloc(megabyte));

const cases: readonly Case[] = [
  { id: 'mixed-cold', name: '300 MB mixed, cold', rounds: 3, write: mixed, cold: true },
  { id: 'mixed-warm', name: '300 MB mixed, warm', rounds: 3, write: mixed, cold: false },
  {
    id: 'small-cold',
    name: '50,000 small files, cold',
    rounds: 1,
    write: (at) => small(at, 50_000),
    cold: true,
  },
  {
    id: 'small-warm',
    name: '50,000 small files, warm',
    rounds: 1,
    write: (at) => small(at, 50_000),
    cold: false,
  },
  {
    id: 'many-cold',
    name: '100,000 small files, cold',
    rounds: 1,
    write: (at) => small(at, 100_000),
    cold: true,
  },
  {
    id: 'large',
    name: 'one file of 2 GB, cold',
    rounds: 1,
    write: (at) => large(at, 2_000),
    cold: true,
  },
  { id: 'no-op', name: 'no-op, all cached', rounds: 5, write: (at) => steps(at, 10), cold: false },
  { id: 'steps', name: '500 steps', rounds: 1, write: (at) => steps(at, 500), cold: true },
];

/** One figure after the other, as they come; some take minutes. */
export function* contextTransfer(
  tools: TransferTools,
  wanted: readonly string[] = [],
): Generator<Figure> {
  const start = ['ours', 'buildx'].map((tool) =>
    median(
      [1, 2, 3].map(
        () =>
          timed(
            tool === 'ours'
              ? [process.execPath, tools.cli, '--version']
              : ['docker', 'buildx', 'version'],
            tools.env,
          ).cpu,
      ),
    ),
  );
  yield {
    name: 'processor time of a start alone',
    value: amount(start[0] ?? 0, 's'),
    note: `docker buildx ${amount(start[1] ?? 0, 's')}; it is in the figures below`,
  };
  for (const one of cases) {
    if (wanted.length === 0 || wanted.includes(one.id)) yield figure(one, tools);
  }
}

function figure({ name, rounds, write, cold }: Case, { cli, env }: TransferTools): Figure {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-bench-'));
  const commands = {
    buildx: ['docker', 'buildx', 'build', '--progress', 'plain', '-o', 'type=cacheonly'],
    ours: [process.execPath, cli, 'build', '--progress', 'plain', '-o', 'type=cacheonly'],
  };
  const runs = { ours: [] as Run[], buildx: [] as Run[] };
  try {
    let context = join(folder, 'first');
    mkdirSync(context);
    write(context);
    // Warm: both have sent this folder before.
    if (!cold) for (const command of Object.values(commands)) timed([...command, context], env);
    for (let round = 0; round < rounds; round += 1) {
      for (const tool of ['buildx', 'ours'] as const) {
        if (cold) {
          const next = join(folder, `${tool}-${round}-${Date.now()}`);
          renameSync(context, next);
          context = next;
          // A step of its own for each run, or the second would find the first one's result.
          writeFileSync(join(context, 'run'), next);
        }
        runs[tool].push(timed([...commands[tool], context], env));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [own, theirs] = [runs.ours, runs.buildx].map((all) => ({
    wall: median(all.map(({ wall }) => wall)),
    cpu: median(all.map(({ cpu }) => cpu)),
  }));
  if (own === undefined || theirs === undefined) throw new Error('nothing ran');
  const ratio = (a: number, b: number) => (a / b).toFixed(2);
  return {
    name,
    value: amount(own.wall, 's'),
    note:
      `buildx ${amount(theirs.wall, 's')}, ratio ${ratio(own.wall, theirs.wall)}; processor ` +
      `${amount(own.cpu, 's')}, buildx ${amount(theirs.cpu, 's')}, ratio ${ratio(own.cpu, theirs.cpu)}`,
  };
}

/** Seconds. */
type Run = { readonly wall: number; readonly cpu: number };

/** Bash tells the processor time of a command with all its children. */
function timed(command: readonly string[], env: NodeJS.ProcessEnv): Run {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>"$LOG"; exit $?';
  const log = join(mkdtempSync(join(tmpdir(), 'llb-lens-log-')), 'log');
  const run = spawnSync('bash', ['-c', script, 'bash', ...command], {
    env: { ...env, LOG: log },
    encoding: 'utf8',
  });
  const [wall = NaN, user = NaN, system = NaN] = run.stderr.trim().split(' ').map(Number);
  if (run.status !== 0 || Number.isNaN(system)) {
    throw new Error(`${command.join(' ')} failed; see ${log}\n${run.stderr}`);
  }
  rmSync(join(log, '..'), { recursive: true, force: true });
  return { wall, cpu: user + system };
}

/** 12,000 small files, 100 of a megabyte, two of 75. */
function mixed(folder: string): void {
  small(folder, 12_000);
  for (let index = 0; index < 100; index += 1) writeFileSync(join(folder, `m${index}`), block);
  for (const name of ['big-1', 'big-2']) blocks(join(folder, name), 75);
}

function small(folder: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const part = `d${Math.floor(index / 200)}`;
    if (index % 200 === 0) mkdirSync(join(folder, part));
    const at = (index * 7919) % 900_000;
    writeFileSync(join(folder, part, `f${index}`), block.subarray(at, at + 500 + (index % 8_000)));
  }
  dockerfile(folder, 'COPY . /');
}

function large(folder: string, megabytes: number): void {
  blocks(join(folder, 'large'), megabytes);
  dockerfile(folder, 'COPY . /');
}

function blocks(path: string, count: number): void {
  const file = openSync(path, 'w');
  for (let index = 0; index < count; index += 1) {
    block.writeUInt32BE(index);
    writeSync(file, block);
  }
  closeSync(file);
}

/** Stages of ten steps: overlay file systems take some hundred layers on each other, not 500. */
function steps(folder: string, count: number): void {
  const stages = Math.ceil(count / 10);
  const lines = Array.from({ length: stages }, (_, stage) => [
    `FROM scratch AS s${stage}`,
    'COPY run /',
    ...Array.from({ length: 8 }, (_unused, step) => `WORKDIR /d${stage}-${step}`),
  ]).flat();
  const last = Array.from({ length: stages }, (_, stage) => `COPY --from=s${stage} / /`);
  writeFileSync(join(folder, 'Dockerfile'), `${[...lines, 'FROM scratch', ...last].join('\n')}\n`);
  writeFileSync(join(folder, 'run'), '');
}

function dockerfile(folder: string, ...lines: readonly string[]): void {
  writeFileSync(join(folder, 'Dockerfile'), `${['FROM scratch', ...lines].join('\n')}\n`);
}

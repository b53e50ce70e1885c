/**
 * Many debug sessions one after the other on one adapter, each stopped at a breakpoint, with a
 * container in it, and left: what stays of them in BuildKit and in the adapter's memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBuilder } from '../../extension/engine/job/start-job';
import { DapClient } from '../integration/dap-client';
import { amount, type Figure } from './report';

export type CycleFigures = {
  readonly cycles: number;
  /** Builds that BuildKit still runs. */
  readonly builds: number;
  /** MiB of the adapter's process, after a fifth of the cycles and at the end. */
  readonly early: number;
  readonly late: number;
  /** Sockets of the adapter's process, before and after. */
  readonly socketsBefore: number;
  readonly socketsAfter: number;
};

/** @param argv starts the adapter, without its port */
export async function debugCycles(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cycles: number,
): Promise<CycleFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-cycles-'));
  const [program = '', ...args] = argv;
  const adapter = spawn(program, [...args, '--port', '0'], {
    env,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const file = join(folder, 'Dockerfile');
    await writeFile(file, 'FROM alpine\nRUN echo cycle > /cycle\nRUN true\n');
    const port = await portOf(adapter);
    const socketsBefore = await sockets(adapter.pid);
    let early = 0;
    const own = new Set<unknown>();
    for (let cycle = 0; cycle < cycles; cycle++) {
      own.add(await once(port, file, folder, cycle));
      if (cycle === Math.floor(cycles / 5)) early = await memory(adapter.pid);
    }
    return {
      cycles,
      builds: await activeBuilds(env, own),
      early,
      late: await memory(adapter.pid),
      socketsBefore,
      socketsAfter: await sockets(adapter.pid),
    };
  } finally {
    adapter.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The figures for `npm run bench`. */
export async function cycleFigures(dist: string, env: NodeJS.ProcessEnv): Promise<Figure[]> {
  const argv = [process.execPath, join(dist, 'debug-adapter.js')];
  const { cycles, builds, early, late, socketsBefore, socketsAfter } = await debugCycles(
    argv,
    env,
    200,
  );
  return [
    { name: `debugger: builds left after ${cycles} sessions`, value: String(builds) },
    {
      name: `debugger: memory after ${cycles} sessions`,
      value: amount(late, 'MiB'),
      note: `${amount(early, 'MiB')} after ${Math.floor(cycles / 5)}`,
    },
    {
      name: `debugger: sockets after ${cycles} sessions`,
      value: String(socketsAfter),
      note: `${socketsBefore} before`,
    },
  ];
}

/** One session; its build's id. Every third is left without a word, as when an editor is killed. */
async function once(port: number, file: string, folder: string, cycle: number): Promise<unknown> {
  const client = new DapClient(connectTo(port, '127.0.0.1'), {}, folder);
  await client.launch(
    { file },
    {
      configure: async () => {
        const breakpoints = [{ line: 3 }];
        await client.request('setBreakpoints', { source: { path: file }, breakpoints });
      },
    },
  );
  const { threadId } = await client.event('stopped');
  const { buildId } = await client.event('llb.graph');
  await client.request('stackTrace', { threadId, levels: 1 });
  if (cycle % 2 === 0) {
    await client.request('evaluate', { expression: 'cat /cycle', context: 'repl' });
  }
  if (cycle % 3 === 0) client.kill();
  else await client.disconnect();
  return buildId;
}

function portOf(adapter: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    adapter.stderr?.on('data', (piece: Buffer) => {
      const found = /listening on 127\.0\.0\.1:(\d+)/.exec(piece.toString())?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    adapter.once('exit', () => reject(new Error('the adapter did not start')));
  });
}

/** Of our builds those still listed as running, once those just left had a moment to go. */
async function activeBuilds(env: NodeJS.ProcessEnv, own: ReadonlySet<unknown>): Promise<number> {
  const connection = await connectBuilder(undefined, env);
  try {
    let count = 0;
    for (let look = 0; look < 20; look++) {
      count = 0;
      for await (const { record } of connection.control.history({
        activeOnly: true,
        earlyExit: true,
      })) {
        if (own.has(record?.ref)) count++;
      }
      if (count === 0) return 0;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return count;
  } finally {
    connection.close();
  }
}

/** Resident memory in MiB; 0 where the system does not say. */
async function memory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

async function sockets(pid: number | undefined): Promise<number> {
  const folder = `/proc/${pid ?? 0}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    names.map((name) => readlink(join(folder, name)).catch(() => '')),
  );
  return links.filter((link) => link.startsWith('socket:')).length;
}

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
  /** Children of the adapter, and processes that the sessions started in containers. */
  readonly processes: number;
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
    const mark = `${1_000_000 + Math.floor(Math.random() * 9_000_000)}`;
    for (let cycle = 0; cycle < cycles; cycle++) {
      own.add(await once(port, file, folder, cycle, mark));
      if (cycle === Math.floor(cycles / 5)) early = await memory(adapter.pid);
    }
    return {
      cycles,
      builds: await activeBuilds(env, own),
      early,
      late: await memory(adapter.pid),
      socketsBefore,
      socketsAfter: await sockets(adapter.pid),
      processes: await processesLeft(adapter.pid, mark),
    };
  } finally {
    adapter.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The figures for `npm run bench`. */
export async function cycleFigures(dist: string, env: NodeJS.ProcessEnv): Promise<Figure[]> {
  const argv = [process.execPath, join(dist, 'debug-adapter.js')];
  const { cycles, builds, early, late, socketsBefore, socketsAfter, processes } = await debugCycles(
    argv,
    env,
    200,
  );
  return [
    { name: `debugger: builds left after ${cycles} sessions`, value: String(builds) },
    { name: `debugger: processes left after ${cycles} sessions`, value: String(processes) },
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
async function once(
  port: number,
  file: string,
  folder: string,
  cycle: number,
  mark: string,
): Promise<unknown> {
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
    // What runs on in the container must end with it.
    const expression = `sleep ${mark} > /dev/null 2>&1 & cat /cycle`;
    await client.request('evaluate', { expression, context: 'repl' });
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

/** Of what the sessions started those still there, once they had a moment to go. */
async function processesLeft(adapter: number | undefined, mark: string): Promise<number> {
  let count = 0;
  for (let look = 0; look < 40; look++) {
    const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
    const left = await Promise.all(ids.map((id) => isOurs(id, adapter, mark)));
    count = left.filter((one) => one).length;
    if (count === 0) return 0;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return count;
}

async function isOurs(id: string, adapter: number | undefined, mark: string): Promise<boolean> {
  const [line, status] = await Promise.all(
    ['cmdline', 'status'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')),
  );
  const parent = /PPid:\s+(\d+)/.exec(status ?? '')?.[1];
  return line === `sleep\0${mark}\0` || parent === String(adapter ?? 'nobody');
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

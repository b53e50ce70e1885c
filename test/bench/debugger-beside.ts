/**
 * Our debugger beside `docker buildx dap build`: the same project, the same BuildKit, turn by turn.
 * Measured from the start of the process to the first stop, and from each step to its stop.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DapClient, type Message } from '../integration/dap-client';
import { amount, median, type Figure } from './report';

const rounds = 5;
const steps = 5;

type Times = { readonly first: number; readonly steps: readonly number[] };
type Debugger = {
  readonly name: string;
  readonly argv: readonly string[];
  readonly attributes: Message;
};

/** @param env chooses the BuildKit, and has `docker` with buildx on its PATH */
export async function debuggerBeside(dist: string, env: NodeJS.ProcessEnv): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-beside-'));
  try {
    const file = join(folder, 'Dockerfile');
    const runs = Array.from({ length: steps + 2 }, (_, at) => `RUN echo step ${at}\n`);
    await writeFile(file, `FROM alpine\n${runs.join('')}`);
    const ours: Debugger = {
      name: 'LLB Lens',
      argv: [process.execPath, join(dist, 'debug-adapter.js')],
      attributes: { file, stopOnEntry: true },
    };
    const theirs: Debugger = {
      name: 'buildx',
      argv: ['docker', 'buildx', 'dap', 'build'],
      attributes: { dockerfile: file, contextPath: folder, stopOnEntry: true },
    };
    const times = { ours: new Array<Times>(), theirs: new Array<Times>() };
    // The first round fills the cache and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const own = await once(ours, env, folder);
      const other = await once(theirs, env, folder);
      if (round === 0) continue;
      times.ours.push(own);
      times.theirs.push(other);
    }
    const figure = (name: string, of: (one: Times) => readonly number[]): Figure => {
      const [own, other] = [median(times.ours.flatMap(of)), median(times.theirs.flatMap(of))];
      return {
        name,
        value: amount(own, 'ms'),
        note: `buildx dap: ${amount(other, 'ms')}; ratio ${(own / other).toFixed(2)}, median of ${rounds} rounds`,
      };
    };
    return [
      figure('debugger: start → first stop', ({ first }) => [first]),
      figure('debugger: step → next stop', (one) => one.steps),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function once(
  { name, argv, attributes }: Debugger,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Times> {
  const started = performance.now();
  const client = new DapClient(argv, { ...env, BUILDX_EXPERIMENTAL: '1' }, folder);
  try {
    const launched = client.launch(attributes, { terminals: false });
    launched.catch(() => undefined);
    const { threadId } = await client.event('stopped');
    const first = performance.now() - started;
    await launched;
    const took: number[] = [];
    for (let step = 0; step < steps; step++) {
      const asked = performance.now();
      await client.request('next', { threadId });
      await client.event('stopped', step + 2);
      took.push(performance.now() - asked);
    }
    return { first, steps: took };
  } catch (error) {
    throw new Error(`${name}: ${String(error)} ${client.errors}`, { cause: error });
  } finally {
    await client.request('disconnect', { terminateDebuggee: true }).catch(() => undefined);
    client.kill();
  }
}

/**
 * From a failed step to a prompt inside it: the time between the debugger's stop, or the moment in
 * which somebody who has read what failed asks for a shell, and the first prompt. Terminals as VS
 * Code has them are drawn by the client itself; others begin with our own program, whose start is
 * in the time. Beside it, turn by turn, what is there without us: BuildKit's container and shell in
 * the same failure, asked for directly and shown to nobody.
 */
import { join, resolve } from 'node:path';
import { BuildkitError } from '../../proto/client/buildkit-error';
import type { BuildJob } from '../../extension/engine/job/build-job';
import type { BuildInput } from '../../extension/engine/input/build-input';
import { inputFor } from '../../extension/engine/input/input-for';
import { prepareContainer } from '../../extension/engine/shell/open-shell';
import { resolveProfile } from '../../extension/engine/profile/profile';
import { programOf } from '../../extension/engine/debug/program';
import { shellPlace, type ShellPlace } from '../../extension/engine/shell/shell-place';
import { startJob } from '../../extension/engine/job/start-job';
import { stepFailure } from '../../extension/engine/failure/step-failure';
import { attachShell, readLink } from '../../extension/engine/shell/terminal-client';
import { DapClient } from '../integration/dap-client';
import { noTerminals, Terminal } from '../integration/terminal';
import { amount, median, type Figure } from './report';

const ROUNDS = 5;
const sample = resolve(__dirname, '../fixtures/sample');

/** @param env chooses the BuildKit */
export async function shellPrompt(dist: string, env: NodeJS.ProcessEnv): Promise<Figure[]> {
  const name = 'failure → shell prompt';
  const reason = noTerminals();
  if (reason !== undefined) return [{ name, value: 'skipped', note: reason }];
  const times = ways.map(() => new Array<number>());
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, way] of ways.entries()) times[index]?.push(await once(dist, env, way));
    bare.push(await bareOnce(env));
  }
  const floor = median(bare);
  return ways.map((way, index) => {
    const own = times[index] ?? [];
    return {
      name: `${name}, ${way.name}`,
      value: amount(median(own), 'ms'),
      note:
        `wall, median of ${ROUNDS}; best ${amount(Math.min(...own), 'ms')}; container and shell ` +
        `alone ${amount(floor, 'ms')}, best ${amount(Math.min(...bare), 'ms')}; ` +
        `ratio ${(median(own) / floor).toFixed(2)}`,
    };
  });
}

type Way = {
  readonly name: string;
  /** The client draws terminals itself. */
  readonly isOwn: boolean;
  /** Milliseconds between the stop and the question. */
  readonly read: number;
};

const ways: readonly Way[] = [
  { name: "in a client's own terminal, at once", isOwn: true, read: 0 },
  { name: "in a client's own terminal, a second later", isOwn: true, read: 1_000 },
  { name: 'in a program, at once', isOwn: false, read: 0 },
];

const prompt = /[$#] /;

async function once(dist: string, env: NodeJS.ProcessEnv, way: Way): Promise<number> {
  const client = new DapClient([process.execPath, join(dist, 'debug-adapter.js')], env, sample);
  try {
    const attributes = { file: join(sample, 'Dockerfile.failing'), context: sample };
    await client.launch(attributes, {
      configure: async () => {
        if (way.isOwn) await client.request('llb/ownTerminals');
      },
    });
    const stopped = await client.event('stopped');
    if (stopped['reason'] !== 'exception')
      throw new Error(`stopped for ${String(stopped['reason'])}`);
    await new Promise((resolve) => setTimeout(resolve, way.read));
    const asked = performance.now();
    await client.request('llb/shell');
    await (way.isOwn ? ownPrompt(client) : programPrompt(client, env));
    return performance.now() - asked;
  } finally {
    await client.disconnect();
  }
}

async function programPrompt(client: DapClient, env: NodeJS.ProcessEnv): Promise<void> {
  const args = client.terminals[0]?.['args'];
  if (!Array.isArray(args)) throw new Error('the adapter asked for no terminal');
  const terminal = new Terminal(args.map(String), env);
  await terminal.see(prompt);
  void terminal.exit.catch(() => undefined);
}

async function ownPrompt(client: DapClient): Promise<void> {
  const { linkFile } = await client.event('llb.shell');
  const link = await readLink(String(linkFile));
  if (link === undefined) throw new Error('the shell is not offered');
  await new Promise<void>((resolve, reject) => {
    let shown = '';
    attachShell(
      link,
      { rows: 24, columns: 80 },
      {
        output: (data) => {
          shown += data.toString();
          if (prompt.test(shown)) resolve();
        },
        exit: (code) => reject(new Error(`the shell ended with ${code}`)),
        lost: (reason) => reject(new Error(reason ?? 'the shell is gone')),
      },
    );
  });
}

async function bareOnce(env: NodeJS.ProcessEnv): Promise<number> {
  const file = join(sample, 'Dockerfile.failing');
  const profile = await resolveProfile({ file, context: sample }, sample);
  const input = await inputFor(profile);
  const nothing = (): void => undefined;
  const events = { graph: nothing, patch: nothing, output: nothing };
  const job = await startJob({ profile, input, env, cwd: sample, events });
  try {
    const place = await failedPlace(job, input);
    const begun = performance.now();
    const process = await prepareContainer(job.gateway, place).start({
      terminal: { rows: 24, columns: 80 },
    });
    let shown = '';
    for await (const { data } of process.output) {
      shown += Buffer.from(data).toString();
      if (prompt.test(shown)) break;
    }
    return performance.now() - begun;
  } finally {
    await job.cancel();
  }
}

async function failedPlace(job: BuildJob, input: BuildInput): Promise<ShellPlace> {
  await job.define();
  const error: unknown = await job.runAll().catch((thrown: unknown) => thrown);
  if (!(error instanceof BuildkitError)) throw new Error('the failing sample did not fail');
  const failure = stepFailure(error);
  const step = await job.failedStep(failure);
  const statement = programOf(job.results, input)
    .tracks.flatMap(({ statements }) => statements)
    .find((one) => one.step?.digest === step?.digest);
  if (statement === undefined) throw new Error('the failing sample failed nowhere');
  return shellPlace(job, input, { statement, moment: 'failure', failure });
}

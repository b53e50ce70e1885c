/**
 * From a failed step to a prompt inside it: the time between the debugger's stop and the first
 * prompt in the terminal. Everything a user waits for is in it: the adapter's request for a
 * terminal, the start of our own program there, the container, and its shell. Beside it, turn by
 * turn, what nobody can be faster than: BuildKit's container and shell in the same failure, asked
 * for directly and shown to nobody.
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
  const times: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push(await once(dist, env));
    bare.push(await bareOnce(env));
  }
  const [own, floor] = [median(times), median(bare)];
  return [
    {
      name,
      value: amount(own, 'ms'),
      note:
        `wall, median of ${ROUNDS}; best ${amount(Math.min(...times), 'ms')}; container and shell ` +
        `alone ${amount(floor, 'ms')}; ratio ${(own / floor).toFixed(2)}`,
    },
  ];
}

async function once(dist: string, env: NodeJS.ProcessEnv): Promise<number> {
  const client = new DapClient([process.execPath, join(dist, 'debug-adapter.js')], env, sample);
  try {
    await client.launch({ file: join(sample, 'Dockerfile.failing'), context: sample });
    const stopped = await client.event('stopped');
    if (stopped['reason'] !== 'exception')
      throw new Error(`stopped for ${String(stopped['reason'])}`);
    const failed = performance.now();
    await client.request('llb/shell');
    const args = client.terminals[0]?.['args'];
    if (!Array.isArray(args)) throw new Error('the adapter asked for no terminal');
    const terminal = new Terminal(args.map(String), env);
    await terminal.see(/[$#] /);
    const took = performance.now() - failed;
    terminal.send('exit\r');
    await terminal.exit;
    return took;
  } finally {
    await client.disconnect();
  }
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
      if (/[$#] /.test(shown)) break;
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

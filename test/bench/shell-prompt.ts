/**
 * From a failed step to a prompt inside it: the time between the debugger's stop and the first
 * prompt in the terminal. Everything a user waits for is in it: the adapter's request for a
 * terminal, the start of our own program there, the container, and its shell.
 */
import { join, resolve } from 'node:path';
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
  for (let round = 0; round < ROUNDS; round += 1) times.push(await once(dist, env));
  return [
    {
      name,
      value: amount(median(times), 'ms'),
      note: `wall, median of ${ROUNDS}; best ${amount(Math.min(...times), 'ms')}`,
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

/** How long the bundled processes take from their start to their first answer. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { amount, median, type Figure } from './report';

const ROUNDS = 7;

const initializeLsp = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { processId: null, rootUri: null, capabilities: {} },
};
const initializeDap = {
  seq: 1,
  type: 'request',
  command: 'initialize',
  arguments: { adapterID: 'buildkit', linesStartAt1: true },
};

type Process = {
  readonly name: string;
  readonly args: readonly string[];
  /** Undefined: the process answers without being asked, by ending. */
  readonly message?: unknown;
};

const processes: readonly Process[] = [
  {
    name: 'language server: start → initialized',
    args: ['language-server.js', '--stdio'],
    message: initializeLsp,
  },
  {
    name: 'debug adapter: start → initialized',
    args: ['debug-adapter.js'],
    message: initializeDap,
  },
  { name: 'llb-lens --version', args: ['cli.js', '--version'] },
];

/** @param dist the folder of the bundles */
export async function startTimes(dist: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, args, message } of processes) {
    const [script = '', ...rest] = args;
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(await firstAnswer([join(dist, script), ...rest], message));
    }
    figures.push({ name, value: amount(median(times), 'ms'), note: `wall, median of ${ROUNDS}` });
  }
  return figures;
}

async function firstAnswer(args: readonly string[], message: unknown): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    if (message !== undefined) {
      const body = JSON.stringify(message);
      child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }
    return await new Promise<number>((resolve, reject) => {
      child.stdout.once('data', () => resolve(performance.now() - started));
      child.once('exit', (code) =>
        reject(new Error(`${args.join(' ')} ended with ${String(code)}`)),
      );
    });
  } finally {
    child.kill();
  }
}

/**
 * Our language server beside the one that other editors ship, on the same files through LSP.
 *
 * CPU time of the server process counts (Linux only), not the time on the clock, so that a busy
 * machine says nothing wrong.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { dockerfileOf } from './made-up-dockerfile';
import { amount, median, type Figure } from './report';

const LENGTHS = [30, 300, 3000];
const REPEATS = 3;
/**
 * So often before a request counts as warm: V8 compiles what has run a few times, in threads whose
 * time counts here too, and most of a first request's time is that.
 */
const WARM_UP = 6;
/** Milliseconds of a request that is not worth repeating until it is warm. */
const SLOW = 500;
const KEYS = 20;
/** Milliseconds between the keys of a burst. */
const KEY_PAUSE = 30;
const uri = 'file:///bench/Dockerfile';

type Server = { readonly name: string; readonly command: readonly string[] };

/** @param root the folder of the project */
export async function languageServers(root: string): Promise<Figure[]> {
  if (process.platform !== 'linux') {
    return [{ name: 'language servers', value: 'skipped', note: 'needs /proc' }];
  }
  const servers: Server[] = [
    { name: 'ours', command: [join(root, 'dist/language-server.js'), '--stdio'] },
    {
      name: 'theirs',
      command: [
        join(root, 'node_modules/dockerfile-language-server-nodejs/bin/docker-langserver'),
        '--stdio',
      ],
    },
  ];
  const figures: Figure[] = [];
  for (const lines of LENGTHS) {
    const [ours, theirs] = [await measure(servers[0], lines), await measure(servers[1], lines)];
    for (const [name, value] of ours) {
      const other = theirs.get(name);
      const unit = name.startsWith('RSS') ? 'MB' : 'ms';
      figures.push({
        name: `${name}, ${lines} lines`,
        value: amount(value, unit),
        note: other === undefined ? 'they have none' : `theirs ${amount(other, unit)}`,
      });
    }
  }
  return figures;
}

async function measure(server: Server | undefined, lines: number): Promise<Map<string, number>> {
  if (server === undefined) throw new Error('no server');
  const figures = new Map<string, number>();
  const child = spawn(process.execPath, [...server.command], { stdio: ['pipe', 'pipe', 'ignore'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let published: PublishDiagnosticsParams[] = [];
  let wake = (): void => undefined;
  connection.onNotification(
    'textDocument/publishDiagnostics',
    (params: PublishDiagnosticsParams) => {
      published.push(params);
      wake();
    },
  );
  connection.onRequest('workspace/configuration', () => [null]);
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  const nextPublish = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  try {
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { textDocument: { semanticTokens: tokensOffered } },
      initializationOptions: { network: 'off' },
    });
    figures.set('start → initialised', cpu(child));
    await connection.sendNotification('initialized', {});
    const text = dockerfileOf(lines);
    const opened = nextPublish();
    let before = cpu(child);
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'dockerfile', version: 1, text },
    });
    await opened;
    figures.set('open → diagnostics', cpu(child) - before);

    let version = 1;
    const line = Math.floor(lines / 2);
    const key = () =>
      connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: ++version },
        contentChanges: [
          {
            range: { start: { line, character: 4 }, end: { line, character: 4 } },
            text: 'x',
          },
        ],
      });
    const keys: number[] = [];
    for (let index = 0; index < REPEATS + 3; index++) {
      before = cpu(child);
      const answer = nextPublish();
      await key();
      await answer;
      await rest();
      keys.push(cpu(child) - before);
    }
    figures.set('keystroke → diagnostics', median(keys.slice(3)));

    const position = { line, character: 4 };
    const textDocument = { textDocument: { uri } };
    const requests = [
      [
        'completion',
        'textDocument/completion',
        { ...textDocument, position: { line: line, character: 0 } },
      ],
      ['hover', 'textDocument/hover', { ...textDocument, position: { line, character: 1 } }],
      ['definition', 'textDocument/definition', { ...textDocument, position }],
      ['highlight', 'textDocument/documentHighlight', { ...textDocument, position }],
      ['symbols', 'textDocument/documentSymbol', textDocument],
      ['folding', 'textDocument/foldingRange', textDocument],
      [
        'formatting',
        'textDocument/formatting',
        { ...textDocument, options: { tabSize: 4, insertSpaces: true } },
      ],
      ['semantic tokens', 'textDocument/semanticTokens/full', textDocument],
    ] as const;
    for (const [name, method, params] of requests) {
      figures.set(name, await request(child, connection, method, params, key));
    }

    await rest();
    published = [];
    before = cpu(child);
    const last = version + KEYS;
    for (let index = 0; index < KEYS; index++) {
      await key();
      await pause(KEY_PAUSE);
    }
    const end = Date.now() + 60_000;
    while (Date.now() < end && !isAnswered(published, last)) await pause(20);
    await rest();
    figures.set(`burst of ${KEYS} keys`, cpu(child) - before);
    figures.set('RSS', memory(child));

    if (lines < Math.max(...LENGTHS)) return figures;
    for (const [name, method, params] of requests) {
      if ((figures.get(name) ?? 0) > SLOW) continue;
      await repeated(WARM_UP, async () => request(child, connection, method, params, key, 1));
      figures.set(`${name}, warm`, await request(child, connection, method, params, key));
      const none = (): Promise<void> => Promise.resolve();
      figures.set(`${name}, no edit`, await request(child, connection, method, params, none));
    }
    const warm: number[] = [];
    await repeated(WARM_UP + REPEATS, async () => {
      before = cpu(child);
      const answer = nextPublish();
      await key();
      await answer;
      await rest();
      warm.push(cpu(child) - before);
    });
    figures.set('keystroke → diagnostics, warm', median(warm.slice(WARM_UP)));
  } finally {
    connection.dispose();
    child.kill();
  }
  return figures;
}

const tokensOffered = {
  requests: { full: true },
  tokenTypes: [],
  tokenModifiers: [],
  formats: ['relative'],
};

/** One that sends no versions has answered when as many answers as keys have come. */
function isAnswered(published: readonly PublishDiagnosticsParams[], version: number): boolean {
  return published.some((one) => one.version === version) || published.length >= KEYS;
}

/** Each time after an edit, so that nothing is answered from the version before. */
async function request(
  child: ChildProcess,
  connection: ProtocolConnection,
  method: string,
  params: object,
  edit: () => Promise<void>,
  repeats = REPEATS,
): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < repeats; index++) {
    await edit();
    await rest();
    const before = cpu(child);
    await connection.sendRequest(method, params);
    times.push(cpu(child) - before);
  }
  return median(times);
}

async function repeated(times: number, act: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < times; index++) await act();
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });
/** Long enough for both servers to have done what an edit asks for. */
const rest = () => pause(300);

/** CPU milliseconds of all threads of a process so far. */
function cpu({ pid }: ChildProcess): number {
  const tasks = `/proc/${pid ?? 0}/task`;
  return readdirSync(tasks).reduce((sum, task) => {
    try {
      return sum + Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum; // A thread that has just ended.
    }
  }, 0);
}

/** Resident memory in MB. */
function memory({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

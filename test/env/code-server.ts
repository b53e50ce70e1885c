// A running VS Code server: on loopback, with a home of its own, stopped by its process id.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeServerInstall } from './code-server-install';
import { succeed } from './command';
import { freePort } from './free-port';

export interface CodeServerOptions {
  readonly install: CodeServerInstall;
  /** Settings, state, extensions and log go here; an empty folder gives a VS Code as first installed. */
  readonly folder: string;
  /** Packed extensions to install first. */
  readonly vsix?: readonly string[];
  /** The user's settings.json. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Variables for the server and the extension host, beside this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Folders must be trusted by the user before they may run anything. Default: all are trusted. */
  readonly askForTrust?: boolean;
  /** The loopback port; a free one by default. */
  readonly port?: number;
}

export interface CodeServer {
  readonly port: number;
  readonly processId: number;
  /** The log of the server; the extension host's is below `folder`. */
  readonly log: string;
  /** The address that opens a folder and, if given, a file in it. */
  address(folder: string, file?: string): string;
  /** Ends the server and its children. */
  stop(): Promise<void>;
}

/** How long the server may take to answer: 2 to 3 s on an idle machine. */
const startTimeout = 60_000;

export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const { install, folder } = options;
  const home = join(folder, 'home');
  const userData = join(folder, 'user-data');
  mkdirSync(join(userData, 'User'), { recursive: true });
  mkdirSync(home, { recursive: true });
  if (options.settings !== undefined) {
    writeFileSync(join(userData, 'User/settings.json'), JSON.stringify(options.settings, null, 2));
  }
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    ...options.env,
    // `node` of the extension host and of adapters is the one that belongs to this VS Code.
    PATH: [dirname(install.node), options.env?.['PATH'] ?? process.env['PATH'] ?? ''].join(
      delimiter,
    ),
  };
  const common = [
    install.entry,
    ...['--config', join(folder, 'config.yaml')],
    ...['--user-data-dir', userData],
    ...['--extensions-dir', join(folder, 'extensions')],
  ];
  for (const vsix of options.vsix ?? []) {
    await succeed([install.node, ...common, '--install-extension', vsix], { env });
  }

  const port = options.port ?? (await freePort());
  const log = join(folder, 'code-server.log');
  const output = openSync(log, 'a');
  const child = spawn(
    install.node,
    [
      ...common,
      ...['--bind-addr', `127.0.0.1:${port}`],
      ...['--auth', 'none'],
      '--disable-telemetry',
      '--disable-update-check',
      ...(options.askForTrust === true ? [] : ['--disable-workspace-trust']),
      '--disable-getting-started-override',
    ],
    { env, stdio: ['ignore', output, output] },
  );
  const stop = (): Promise<void> => stopChild(child);
  try {
    await untilHealthy(child, port, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    processId: child.pid ?? 0,
    log,
    address: (opened, file) => {
      const address = new URL(`http://127.0.0.1:${port}/`);
      address.searchParams.set('folder', opened);
      if (file !== undefined) {
        const remote = `vscode-remote://${address.host}${join(opened, file)}`;
        address.searchParams.set('payload', JSON.stringify([['openFile', remote]]));
      }
      return address.href;
    },
    stop,
  };
}

async function untilHealthy(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = Date.now() + startTimeout;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await isHealthy(port)) return;
    await sleep(100);
  }
  throw new Error(
    `code-server did not start:\n${readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`,
  );
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
  } catch {
    return false; // not listening yet
  }
}

/** Its extension hosts end with it when it is told to end; after 10 s it is killed. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(forced);
}

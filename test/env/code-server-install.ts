// VS Code as a server for the browser, installed from npm into the cache.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { retried, succeed } from './command';
import { ensureProgram } from './debian-package';
import { withLock } from './lock';
import { places } from './places';
import { Unavailable, type Part } from './unavailable';

const compilers = { make: 'make', 'g++': 'g++', python3: 'python3' } as const;

interface Edition {
  readonly part: Part;
  readonly codeServer: string;
  /** Major version of the Node that runs it, from npm's `node-linux-*` packages. */
  readonly node: string;
  /** Native modules without a ready-made binary in this release, and the folder they are installed in. */
  readonly compiled: readonly { readonly within: string; readonly module: string }[];
}

const vscode = 'node_modules/code-server/lib/vscode';

/** The newest VS Code, and the oldest that we support (`engines.vscode`): 4.139 is 1.139, 4.100 is 1.100. */
export const editions = {
  newest: { part: 'vscode', codeServer: '4.139.1', node: '24', compiled: [] },
  oldest: {
    part: 'vscode-oldest',
    codeServer: '4.100.3',
    node: '20',
    compiled: [
      { within: '.', module: 'argon2' },
      { within: vscode, module: 'node-pty' },
      { within: vscode, module: '@vscode/spdlog' },
      { within: vscode, module: 'native-watchdog' },
    ],
  },
} as const satisfies Record<string, Edition>;

export type EditionName = keyof typeof editions;

export interface CodeServerInstall {
  /** code-server's version; VS Code's own is the same with 1 for 4 in front. */
  readonly version: string;
  /** The Node that runs it and its extension hosts. */
  readonly node: string;
  /** code-server's main script. */
  readonly entry: string;
}

/** Parts of the package that serve other platforms, or nobody here: 170 MB. */
const pruned = [
  ['lib/vscode/node_modules/@github', /^copilot/],
  ['lib/vscode/node_modules/@vscode/ripgrep-universal/bin', /^(darwin|win32)/],
  ['lib/vscode/node_modules/node-pty/prebuilds', /^(darwin|win32)/],
] as const;

/** What its install script would link; install scripts are not run, since they download. */
const links = [
  ['lib/vscode/bin/remote-cli/code-server', 'code-linux.sh'],
  ['lib/vscode/bin/helpers/browser.sh', 'browser-linux.sh'],
] as const;

export function installedCodeServer(name: EditionName): CodeServerInstall | undefined {
  const edition = editions[name];
  const folder = folderOf(edition);
  return existsSync(join(folder, 'complete')) ? describeInstall(edition, folder) : undefined;
}

/** Installs VS Code where it is missing. @throws {Unavailable} */
export async function ensureCodeServer(
  name: EditionName,
  say: (line: string) => void,
): Promise<CodeServerInstall> {
  const installed = installedCodeServer(name);
  if (installed !== undefined) return installed;
  const edition: Edition = editions[name];
  if (process.platform !== 'linux') {
    throw new Unavailable(
      edition.part,
      'absent',
      `this is ${process.platform}; code-server is run on Linux`,
    );
  }
  const folder = folderOf(edition);
  return withLock(`${folder}.lock`, async () => {
    const byAnother = installedCodeServer(name);
    if (byAnother !== undefined) return byAnother;
    say(
      `environment: will install code-server ${edition.codeServer} from npm in ${folder} (600 MB)`,
    );
    const partial = `${folder}.partial`;
    try {
      await retried(() => install(edition, partial));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const lines = message
        .trim()
        .split('\n')
        .filter((line) => !line.includes('complete log of this run'));
      say(`environment: code-server could not be installed:\n${lines.join('\n')}`);
      throw new Unavailable(edition.part, 'download', lines.at(-1) ?? '');
    }
    if (edition.compiled.length > 0) await compile(edition, partial);
    writeFileSync(join(partial, 'complete'), '');
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    return describeInstall(edition, folder);
  });
}

async function install(edition: Edition, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund'] as const;
  await npm(folder, [
    ...install,
    `code-server@${edition.codeServer}`,
    `${nodePackage()}@${edition.node}`,
  ]);
  const server = join(folder, 'node_modules/code-server');
  await npm(join(server, 'lib/vscode'), [...install, '--omit=dev']);
  for (const [path, target] of links) {
    if (!existsSync(join(server, dirname(path)))) continue;
    rmSync(join(server, path), { force: true });
    symlinkSync(target, join(server, path));
  }
  for (const [parent, names] of pruned) {
    const within = join(server, parent);
    if (!existsSync(within)) continue;
    for (const entry of readdirSync(within).filter((entry) => names.test(entry))) {
      rmSync(join(within, entry), { recursive: true, force: true });
    }
  }
}

/** Native modules are built against the headers that come with npm's Node package: no download. */
async function compile(edition: Edition, folder: string): Promise<void> {
  for (const [program, debianPackage] of Object.entries(compilers)) {
    await ensureProgram(edition.part, program, debianPackage);
  }
  const node = join(folder, 'node_modules', nodePackage());
  const building = {
    npm_config_nodedir: node,
    npm_config_build_from_source: 'true',
    PATH: `${join(node, 'bin')}:${process.env['PATH'] ?? ''}`,
  };
  for (const { within, module } of edition.compiled) {
    const failure = await npm(join(folder, within), ['rebuild', module], building).catch(
      (error: unknown) => error,
    );
    // node-pty's post-install step fails after its binary is built, which does no harm.
    const built = readdirSync(join(folder, within, 'node_modules', module), { recursive: true });
    if (!built.some((file) => file.toString().endsWith('.node'))) {
      throw new Unavailable(
        edition.part,
        'absent',
        `${module} could not be compiled: ${String(failure)}`,
      );
    }
  }
  // This release's ripgrep would be downloaded at install time; Debian's does the same.
  const ripgrep = await ensureProgram(edition.part, 'rg', 'ripgrep');
  const bin = join(folder, vscode, 'node_modules/@vscode/ripgrep/bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(ripgrep, join(bin, 'rg'));
  // It looks for its modules below the name that the desktop build gives them.
  symlinkSync('node_modules', join(folder, vscode, 'node_modules.asar'));
}

async function npm(
  cwd: string,
  argv: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<void> {
  await succeed(['npm', ...argv], {
    cwd,
    env: {
      ...process.env,
      npm_config_update_notifier: 'false',
      npm_config_loglevel: 'error',
      ...extra,
    },
  });
}

function nodePackage(): string {
  return `node-linux-${process.arch}`;
}

function folderOf(edition: Edition): string {
  return join(places().codeServers, `${edition.codeServer}-node${edition.node}`);
}

function describeInstall(edition: Edition, folder: string): CodeServerInstall {
  return {
    version: edition.codeServer,
    node: join(folder, 'node_modules', nodePackage(), 'bin/node'),
    entry: join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
}

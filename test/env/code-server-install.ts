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

/** The newest VS Code, and the oldest that we support (`engines.vscode`): 4.139 is 1.139, 4.100 is 1.100. */
export const editions = {
  newest: { part: 'vscode', codeServer: '4.139.1', node: '24', compiled: [] },
  oldest: {
    part: 'vscode-oldest',
    codeServer: '4.100.3',
    node: '20',
    compiled: [
      { within: '.', module: 'argon2' },
      { within: 'lib/vscode', module: 'node-pty' },
      { within: 'lib/vscode', module: '@vscode/spdlog' },
      { within: 'lib/vscode', module: 'native-watchdog' },
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
  say(
    `environment: will install code-server ${edition.codeServer} from npm in ${folder} (about 600 MB)`,
  );
  const partial = `${folder}.partial`;
  try {
    await retried(() => install(edition, partial));
    if (edition.compiled.length > 0) await compile(edition, partial);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new Unavailable(
      edition.part,
      'download',
      error instanceof Error ? error.message : String(error),
    );
  }
  writeFileSync(join(partial, 'complete'), '');
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return describeInstall(edition, folder);
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
  const server = join(folder, 'node_modules/code-server');
  for (const { within, module } of edition.compiled) {
    const failure = await npm(join(server, within), ['rebuild', module], folder).catch(
      (error: unknown) => error,
    );
    // node-pty's post-install step fails after its binary is built, which does no harm.
    if (
      failure instanceof Error &&
      !existsSync(join(server, within, 'node_modules', module, 'build/Release'))
    ) {
      throw new Unavailable(
        edition.part,
        'absent',
        `${module} could not be compiled: ${failure.message}`,
      );
    }
  }
  // This release's ripgrep would be downloaded at install time; Debian's does the same.
  const ripgrep = await ensureProgram(edition.part, 'rg', 'ripgrep');
  const bin = join(server, 'lib/vscode/node_modules/@vscode/ripgrep/bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(ripgrep, join(bin, 'rg'));
  // It looks for its modules below the name that the desktop build gives them.
  symlinkSync('node_modules', join(server, 'lib/vscode/node_modules.asar'));
}

async function npm(cwd: string, argv: readonly string[], nodeFolder?: string): Promise<void> {
  const node =
    nodeFolder === undefined ? undefined : join(nodeFolder, 'node_modules', nodePackage());
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    npm_config_update_notifier: 'false',
    ...(node === undefined
      ? {}
      : { npm_config_nodedir: node, PATH: `${join(node, 'bin')}:${process.env['PATH'] ?? ''}` }),
  };
  await succeed(['npm', ...argv], { cwd, env });
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

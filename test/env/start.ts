// `npm start`: builds the extension and opens VS Code with it and a copy of the sample project, with a
// BuildKit beside it: one that is there, else one provided for as long as this runs.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCodeServer } from './code-server';
import { ensureCodeServer } from './code-server-install';
import { run } from './command';
import { acquireDaemons, type AcquiredDaemons } from './daemons';
import { programEnvironment } from './description';
import { sayAbsence } from './environment';
import { places } from './places';
import { environmentExitCode, Unavailable } from './unavailable';

const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (line: string): void => console.error(line);

/** As it is in VS Code: a folder that one may change, so not the repository's own. */
function copySample(): string {
  const sample = join(places().home, 'start/sample');
  rmSync(sample, { recursive: true, force: true });
  mkdirSync(sample, { recursive: true });
  cpSync(join(root, 'test/fixtures/sample'), sample, { recursive: true });
  cpSync(join(root, 'test/fixtures/derivation'), join(sample, 'derivation'), { recursive: true });
  return sample;
}

async function main(): Promise<number> {
  say('Building LLB Lens …');
  const built = await run(['npm', 'run', '--silent', 'package'], { cwd: root });
  if (built.code !== 0) {
    say(built.output);
    return 1;
  }
  const buildkit = await findOrProvideBuildkit();
  const sample = copySample();
  const env = {
    ...programEnvironment(buildkit?.daemons),
    // VS Code gets a home of its own; the user's builders and logins stay visible.
    DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
  };
  try {
    return (await hasDesktop())
      ? await openDesktop(sample, env, buildkit)
      : await serve(sample, env);
  } finally {
    buildkit?.release();
  }
}

/** Without a BuildKit, editing and the graph still work, and the extension says what is missing. */
async function findOrProvideBuildkit(): Promise<AcquiredDaemons | undefined> {
  try {
    const acquired = await acquireDaemons({ say });
    for (const { address, version } of acquired.daemons.buildkits)
      say(`BuildKit: ${address} (${version})`);
    return acquired;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(sayAbsence(error));
    say('BuildKit: none. Editing and the graph work; to build, start Docker or set BUILDKIT_HOST.');
    return undefined;
  }
}

/** Whether there is a `code` command and a screen to show it on. */
async function hasDesktop(): Promise<boolean> {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return false;
  return (await run([...code, '--version'])).code === 0;
}

/** On Windows `code` is a batch file, which only cmd.exe can start. */
const code: [string, ...string[]] =
  process.platform === 'win32' ? ['cmd.exe', '/c', 'code'] : ['code'];

/** The user's own VS Code; the extension is loaded into one window, not installed. */
async function openDesktop(
  sample: string,
  env: NodeJS.ProcessEnv,
  buildkit: AcquiredDaemons | undefined,
): Promise<number> {
  const argv = [
    '--new-window',
    `--extensionDevelopmentPath=${root}`,
    sample,
    join(sample, 'Dockerfile'),
  ];
  const [program, ...rest] = code;
  const child = spawn(program, [...rest, ...argv], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  const exitCode = await new Promise<number>((resolve) =>
    child.on('exit', (status) => resolve(status ?? 1)),
  );
  if (exitCode === 0 && buildkit?.daemons.root !== undefined) {
    say('The provided BuildKit runs until you press Ctrl-C.');
    await interrupted();
  }
  return exitCode;
}

/** VS Code in the browser, with settings and extensions of its own. */
async function serve(sample: string, env: NodeJS.ProcessEnv): Promise<number> {
  const install = await ensureCodeServer('newest', say);
  const vsix = readdirSync(root)
    .filter((name) => /^llb-lens-.*\.vsix$/.test(name))
    .map((name) => join(root, name));
  const server = await startCodeServer({
    install,
    folder: join(places().home, 'start'),
    vsix,
    settings: {
      'workbench.startupEditor': 'none',
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'chat.disableAIFeatures': true,
    },
    env,
  });
  console.log(`\nVS Code with LLB Lens: ${server.address(sample, 'Dockerfile')}\n`);
  say('Open this address in a browser. Ctrl-C ends it.');
  await interrupted();
  await server.stop();
  return 0;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve());
  });
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    if (error instanceof Unavailable) {
      say(sayAbsence(error));
      process.exit(error.kind === 'download' ? environmentExitCode : 1);
    }
    console.error(error);
    process.exit(1);
  },
);

// What runs before any of our TypeScript can, from a fresh clone: installs the npm packages when they
// are missing or not those of the lock file, then hands over to a TypeScript program.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** As `environmentExitCode` in unavailable.ts, which cannot be imported yet. */
const environmentExitCode = 75;

/**
 * Installs what is missing, runs `script` (relative to the repository) with this process's arguments
 * and ends with its exit code.
 * @param {string} script
 */
export async function runWithPackages(script) {
  if (!packagesAreCurrent()) {
    console.error('environment: installing npm packages (npm ci)');
    if (!(await install())) {
      console.error('environment: the npm packages could not be downloaded');
      process.exit(environmentExitCode);
    }
  }
  const argv = ['--import', 'tsx', join(root, script), ...process.argv.slice(2)];
  process.exit(await run(process.execPath, argv));
}

/** Whether `node_modules` holds the versions of the lock file; npm keeps a list of what it installed. */
function packagesAreCurrent() {
  const wanted = packages('package-lock.json');
  const installed = packages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional === true || installed[path]?.version === entry.version,
  );
}

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} LockFile */

/** @type {(text: string) => LockFile} */
const parseLock = JSON.parse;

/**
 * @param {string} file
 * @returns {LockFile['packages']}
 */
function packages(file) {
  try {
    const text = readFileSync(join(root, file), 'utf8');
    return parseLock(text).packages;
  } catch {
    return {}; // nothing is installed
  }
}

/** `npm ci`, tried three times: registries and networks hiccup. */
async function install() {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    if ((await run('npm', ['ci', '--no-audit', '--no-fund'])) === 0) return true;
    await sleep(2_000 * attempt);
  }
  return false;
}

/**
 * @param {string} program
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code; 1 when a signal ended it
 */
function run(program, argv) {
  // npm is a script that only a shell can start on Windows; its arguments here are all our own.
  const shell = process.platform === 'win32' && program === 'npm';
  const child = spawn(program, argv, { cwd: root, stdio: 'inherit', shell });
  // Ctrl-C reaches the child by itself; this process stays to pass on its exit code.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

// What `npm test` does: every check and every kind of test, to the end, then one closing line.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allParts, sayAbsence, startEnvironment, type Environment } from './environment';
import { runOnDocker26 } from './old-docker-run';
import {
  closingLine,
  countReport,
  failed,
  passed,
  skipped,
  sum,
  verdict,
  type Tally,
} from './tally';
import type { Part } from './unavailable';
import { testVariables } from './variables';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const secondTries = join(root, 'test/env/second-tries.mjs');

/** npm scripts that either hold or do not; each counts as one test. This one makes what others read. */
const first = { 'build and package': 'package' } as const;

/** The slowest of the others. It uses one core: what needs no environment runs beside it. */
const slowest = { lint: 'lint' } as const;

const others = {
  format: 'format:check',
  types: 'types',
  'dependency directions': 'directions',
} as const;

/** vitest's projects, and what they need of the environment. */
const projects: Record<string, readonly Part[]> = {
  unit: [],
  conformance: [],
  integration: ['buildkit', 'shellcheck', 'old-dockers'],
  e2e: allParts,
};

/** Tests of daemons wait for them a third of their time: one worker more than cores fills it. */
const workers: Readonly<Record<string, number>> = { integration: availableParallelism() + 1 };

const say = (line: string): void => console.error(line);

async function everything(skipsForbidden: boolean): Promise<number> {
  // The environment is fetched while the checks run; only the last stages wait for it.
  const pending = startEnvironment({ needs: allParts, say });
  pending.catch(() => undefined); // reported below, where it is awaited

  const tallies: [string, Tally][] = [];
  const stage = async (name: string, action: () => Promise<Tally>): Promise<void> => {
    say(`\n── ${name}`);
    const start = Date.now();
    const tally = await action();
    tallies.push([name, tally]);
    say(`── ${name}: ${closingLine(tally)} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  };
  const runChecks = async (scripts: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, script] of Object.entries(scripts)) await stage(name, () => check(script));
  };
  const runProjects = async (
    env: NodeJS.ProcessEnv,
    which: (needs: readonly Part[]) => boolean,
  ): Promise<void> => {
    for (const [name, needs] of Object.entries(projects)) {
      if (!which(needs)) continue;
      const argv = ['--project', name, `--maxWorkers=${workers[name] ?? availableParallelism()}`];
      await stage(name, () => runVitest(argv, env, needs));
    }
  };
  const runOthers = async (): Promise<void> => {
    await runChecks(others);
    await runProjects(process.env, (needs) => needs.length === 0);
  };
  await runChecks(first);
  await Promise.all([runChecks(slowest), runOthers()]);
  let environment: Environment | undefined;
  await stage('environment', async () => {
    try {
      environment = await pending;
      return sum(environment.absent.map(() => skipped));
    } catch (error) {
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return failed;
    }
  });
  await runProjects({ ...process.env, ...environment?.variables }, (needs) => needs.length > 0);
  await stage('on Docker 26', () => onDocker26(environment, false));
  environment?.close();

  say('');
  for (const [name, tally] of tallies) say(`${name.padEnd(24)} ${closingLine(tally)}`);
  for (const part of environment?.absent ?? []) say(sayAbsence(part));
  const total = sum(tallies.map(([, tally]) => tally));
  return conclude(total, verdict(total, environment?.absent ?? [], skipsForbidden));
}

/** `npm run test:old-daemons` */
async function oldDaemons(skipsForbidden: boolean): Promise<number> {
  const environment = await startEnvironment({ needs: projects['integration'] ?? [], say });
  const tally = await onDocker26(environment, true);
  environment.close();
  return conclude(tally, verdict(tally, environment.absent, skipsForbidden));
}

async function onDocker26(environment: Environment | undefined, isWhole: boolean): Promise<Tally> {
  const daemons = environment?.daemons;
  if (daemons?.root === undefined) return skipped;
  return runOnDocker26({
    environment: daemons,
    isWhole,
    say,
    vitest: (argv, env) => inherit([process.execPath, vitest, 'run', ...argv], env),
  });
}

/** `npm test -- ARG…`: vitest's own arguments; only what those files need is provided. */
async function some(argv: readonly string[], skipsForbidden: boolean): Promise<number> {
  const needs = neededBy(argv);
  const environment = await startEnvironment({ needs, say });
  const built = needs.length > 0 ? [await check('package')] : [];
  const tally = await runVitest(argv, { ...process.env, ...environment.variables }, needs);
  environment.close();
  const total = sum([...built, tally]);
  return conclude(total, verdict(total, environment.absent, skipsForbidden));
}

function neededBy(argv: readonly string[]): readonly Part[] {
  const text = argv.join('\n');
  if (/\be2e\b/.test(text)) return projects['e2e'] ?? [];
  return /\b(integration|bench)\b/.test(text) ? (projects['integration'] ?? []) : [];
}

function conclude(total: Tally, exitCode: number): number {
  console.log(closingLine(total));
  return exitCode;
}

async function check(script: string): Promise<Tally> {
  return (await inherit(['npm', 'run', '--silent', script], process.env)) === 0 ? passed : failed;
}

async function runVitest(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  needs: readonly Part[],
): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['default', secondTries, 'json'].map((name) => `--reporter=${name}`);
  try {
    const code = await inherit(
      [
        process.execPath,
        vitest,
        'run',
        '--passWithNoTests',
        ...reporters,
        `--outputFile.json=${report}`,
        ...argv,
      ],
      // Where the environment is not asked for, tests must not find one that happens to run.
      needs.length === 0 ? { ...env, [testVariables.daemons]: '' } : env,
    );
    return countReport(readReport(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // vitest ended before it could write one: counted as a failure by its exit code
  }
}

function inherit(argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...rest] = argv;
  const shell = process.platform === 'win32' && program === 'npm';
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell,
    });
    child.on('error', (error) => {
      say(error.message);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const argv = process.argv.slice(2);
const skipsForbidden = process.env[testVariables.forbidSkips] === '1';
const asked = (): Promise<number> => {
  if (argv.length === 0) return everything(skipsForbidden);
  return argv[0] === 'old-daemons' ? oldDaemons(skipsForbidden) : some(argv, skipsForbidden);
};
asked().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

/**
 * `npm run interop`: real editors against the built program. The language server: open, diagnostics,
 * definition, rename, completion, format; the debug adapter: a breakpoint, a stop, the stack, a
 * variable, a step, a command, the end. Each acts on its own buffer, so what counts is what the
 * editor makes of the answers. Wants `npm run build`, and `npm run env:up` for the debugger; an
 * editor is the one that `NVIM`, `EMACS` or `HELIX` names, one on PATH, or Debian's beside the environment.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildkits, environmentFor } from '../env/context';
import { type SuiteEditors, suiteEditors } from './suite-editors';

const root = resolve(__dirname, '../..');
const text = `FROM alpine AS base
ENV A=1 \\
B=2
FROM scratch
COPY --from=base /x /y
CO`;
const languageServer = [
  /^diagnostic: .*unknown instruction: CO/m,
  /^definition: 1$/m,
  /^renamed: 2$/m,
  /^completion: .*\bCOPY\b/m,
  /^formatted: yes$/m,
];

const build = `FROM alpine AS last
ENV MODE=main
RUN echo one && echo "step one" > /one
RUN echo two
RUN echo three
`;
const debugAdapter = [
  /^stopped: breakpoint at line 3, arrow at line 3$/m,
  /^breakpoint: line 3 verified, hit 1$/m,
  /^filters: Failed steps, /m,
  /^scopes: Arguments, Environment, /m,
  /^variable: main$/m,
  /^stopped: step at line 4, arrow at line 4$/m,
  /^stack: .*RUN echo two < .*RUN echo one .* < ENV MODE=main < .*FROM /m,
  /^command: step one$/m,
  /^ended: terminated with Exit code 0$/m,
];

const emacs = process.env['EMACS'] ?? 'emacs';
type Run = {
  readonly name: string;
  /** The editor. */
  readonly program: string;
  /** What starts it, where that is not the editor itself. */
  readonly startedBy?: string;
  readonly args: readonly string[];
  readonly text: string;
  readonly expected: readonly RegExp[];
};
const runs: readonly Run[] = [
  {
    name: 'Neovim',
    program: process.env['NVIM'] ?? 'nvim',
    args: ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', 'luafile nvim.lua'],
    text,
    expected: languageServer,
  },
  {
    name: 'Helix',
    program: process.env['HELIX'] ?? 'hx',
    // It has no batch mode: a script presses its keys in a terminal.
    startedBy: 'sh',
    args: ['helix.sh'],
    text,
    expected: languageServer,
  },
  {
    name: 'Emacs with eglot',
    program: emacs,
    args: ['-Q', '--batch', '-l', 'eglot.el'],
    text,
    expected: languageServer,
  },
  {
    name: 'Emacs with dape',
    program: emacs,
    // With its site's folders, where dape is.
    args: ['-q', '--batch', '-l', 'dape.el'],
    text: build,
    expected: debugAdapter,
  },
];

/** Whether a program starts and, of an Emacs, whether what the run needs is there. */
function isHere(program: string, name: string): boolean {
  const args = name.endsWith('dape')
    ? ['-q', '--batch', '--eval', "(progn (package-initialize) (require 'dape))"]
    : ['--version'];
  return spawnSync(program, args).status === 0;
}

async function main(): Promise<void> {
  let suite: SuiteEditors | undefined;
  const [buildkit] = buildkits();
  const env = buildkit === undefined ? process.env : environmentFor(buildkit);
  for (const { name, program, startedBy = program, args, text, expected } of runs) {
    let command: readonly string[] = [startedBy];
    if (!isHere(program, name)) {
      suite ??= await suiteEditors([root]);
      if (suite === undefined) {
        console.error(`${name}: not here`);
        process.exitCode = 1;
        continue;
      }
      command = [...suite, 'env', '-C', __dirname, startedBy];
    }
    const folder = mkdtempSync(join(tmpdir(), 'llb-lens-interop-'));
    const file = join(folder, 'Dockerfile');
    writeFileSync(file, text);
    const [first = '', ...rest] = [...command, ...args];
    const { stderr } = spawnSync(first, rest, {
      cwd: __dirname,
      encoding: 'utf8',
      timeout: 180_000,
      env: { ...env, INTEROP_FILE: file, INTEROP_SERVER: join(root, 'dist/cli.js') },
    });
    rmSync(folder, { recursive: true, force: true });
    const missing = expected.filter((pattern) => !pattern.test(stderr));
    if (missing.length > 0) {
      console.error(`${name}: ${missing.map(String).join(', ')} missing in\n${stderr}`);
      process.exitCode = 1;
    } else {
      console.log(`${name}: ${expected.length} of ${expected.length}`);
      for (const [line] of stderr.matchAll(/^[a-z]+: .*$/gm)) console.log(`  ${line}`);
    }
  }
}

void main();

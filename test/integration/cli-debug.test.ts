/** A build debugged from the command line: by commands in a pipe, and at a real terminal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildkits, environmentFor } from '../env/context';
import { runCli } from './run-cli';
import { noTerminals, Terminal } from './terminal';

const dockerfile = `FROM alpine AS tools
ARG STAMP=none
WORKDIR /tools
RUN echo "$STAMP" > stamp

FROM debian AS final
ENV MODE=final
WORKDIR /app
COPY --from=tools /tools/stamp .
USER app
RUN echo partial > /tmp/left; exit 3
`;

const cli = join(import.meta.dirname, '../../dist/cli.js');
let folder: string;
const terminals: Terminal[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llb-lens-cli-debug-'));
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
});
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a build without a builder is refused as in every command', async () => {
  const { code, stderr } = await runCli(
    ['debug', '--builder', `unix://${join(folder, 'nothing.sock')}`, folder],
    { input: 'continue\n' },
  );
  expect(stderr).toContain('No BuildKit: there is nothing at');
  expect(code).toBe(3);
});

describe.each(buildkits())('on $name', (buildkit) => {
  const env = environmentFor(buildkit);

  const debug = (commands: readonly string[], ...flags: string[]) =>
    runCli(['debug', ...flags, folder], { env, input: commands.map((one) => `${one}\n`).join('') });

  test('breakpoints, steps, values and ways back', async () => {
    const { stdout, stderr, code } = await debug([
      'break 4 if STAMP == none',
      'break',
      'continue',
      'print $STAMP',
      'set STAMP=now',
      'next',
      'exec cat stamp',
      'where',
      'back',
      'jump 3',
      'list 11',
      'threads',
      'nonsense',
      'quit',
    ]);
    const said = stdout.split('\n');
    expect(said[0]).toBe('Dockerfile:1 · tools · the start');
    expect(said).toContain('1  Dockerfile:4 if STAMP == none');
    expect(said).toContain('catch: failed steps');
    expect(said).toContain('Dockerfile:4 · tools · a breakpoint');
    expect(said).toContain('→ 4  RUN echo "$STAMP" > stamp');
    expect(said).toContain('none');
    expect(said).toContain('Dockerfile:9 · final');
    expect(said).toContain('Dockerfile:3 · tools · a jump');
    expect(said).toContain('  11  RUN echo partial > /tmp/left; exit 3');
    expect(stderr).toContain('There is no command "nonsense"; "help" lists all.');
    expect(code).toBe(0);
  });

  test('a failure is stood at, with what the step has left', async () => {
    const { stdout, stderr, code } = await debug(
      ['exec cat /tmp/left; id -un', 'vars environment', 'vars changes', 'log', 'shell'],
      '--run',
    );
    expect(stdout).toContain('Dockerfile:11 · final · The step failed');
    expect(stderr).toContain('partial\napp\n');
    expect(stdout).toContain('  MODE = final');
    expect(stdout).toContain('  + /tmp/left = ');
    expect(stdout).toContain('It has printed nothing.');
    expect(stderr).toContain('A shell needs a terminal; use "exec" instead.');
    expect(code).toBe(1);
  });

  test('a build that is let go ends as it ends', async () => {
    const { stdout, stderr, code } = await debug(
      ['continue'],
      '--run',
      '--break',
      '9',
      '--target',
      'tools',
      '--break=4',
    );
    expect(stdout).toContain('Dockerfile:4 · tools · a breakpoint');
    expect(stderr).toContain('The build has succeeded.');
    expect(code).toBe(0);
  });

  test.skipIf(noTerminals() !== undefined)(
    'at a terminal names are completed, a shell opens and gives the keyboard back, and Ctrl-C stops',
    async () => {
      writeFileSync(
        join(folder, 'slow.Dockerfile'),
        'FROM alpine\nRUN sleep 1\nRUN sleep 2\nRUN sleep 60\nRUN sleep 61\n',
      );
      const argv = [process.execPath, cli, 'debug', '--no-cache', folder];
      const terminal = new Terminal(
        [...argv, '-f', join(folder, 'slow.Dockerfile')],
        { ...env, NO_COLOR: '1', TERM: 'xterm' },
        { rows: 40, columns: 100 },
      );
      terminals.push(terminal);
      await terminal.see(/slow\.Dockerfile:1 · .*the start/, 0, 60_000);
      await terminal.see(/\(llb-lens\) /);
      terminal.send('ne');
      await terminal.see(/\(llb-lens\) .*ne/);
      // A tab among other keys is taken as pasted.
      terminal.send('\t');
      await terminal.see(/next/);
      await terminal.type('', /slow\.Dockerfile:2 ·/);
      await terminal.type('shell', /\/ # /);
      await terminal.type('echo in the $((40 + 2)); exit', /in the 42/);
      const from = terminal.shown.length;
      await terminal.see(/\(llb-lens\) /, from);
      const going = terminal.shown.length;
      terminal.send('continue\r');
      await terminal.see(/RUN sleep 1/, going);
      terminal.send('\u0003');
      await terminal.see(/slow\.Dockerfile:3 · .*a pause/, going);
      terminal.send('quit\r');
      expect(await terminal.exit).toBe(0);
    },
  );
});

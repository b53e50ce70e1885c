/** The command line on real files and a real BuildKit. */
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frame } from '../../extension/debug-adapter/framing';
import * as ops from '../../proto/generated/ops';
import { definitionFromPb } from '../../proto/model/unmarshal';
import { buildkits, environmentFor } from '../env/context';
import { derivationPaths, derivationReport, listIn, llbDigests } from './cli-output';
import { runCli, startCli } from './run-cli';

const fixtures = resolve(__dirname, '../fixtures');
const sample = join(fixtures, 'sample');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llb-lens-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('llb', () => {
  test('json and pb are the same ops', async () => {
    const file = join(sample, 'Dockerfile');
    const json = await runCli(['llb', file, '--offline']);
    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' });
    const cli = startCli(['llb', file, '--offline', '--format', 'pb']);
    const chunks: Buffer[] = [];
    cli.child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect((await cli.ended).code).toBe(0);
    const definition = definitionFromPb(ops.Definition.decode(Buffer.concat(chunks)));
    expect(definition.ops.map(({ digest }) => digest)).toEqual(llbDigests(json.stdout));
    expect(definition.ops.length).toBeGreaterThan(15);
  });

  test('reads stdin', async () => {
    const input = 'FROM scratch\nCOPY a /\n';
    const { code, stdout } = await runCli(['llb', '-', '--offline'], { input, cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('local://context');
  });

  test('options change the result, and win over those in the file', async () => {
    const options = join(folder, 'options.json');
    writeFileSync(
      options,
      JSON.stringify({ buildArgs: { TITLE: 'from the file' }, target: 'pages' }),
    );
    const llb = async (...more: string[]) =>
      (await runCli(['llb', join(sample, 'Dockerfile'), '--offline', ...more])).stdout;
    const fromFile = await llb('--options', options);
    expect(fromFile).toContain('TITLE=from the file');
    expect(fromFile).not.toContain('robots.txt');
    const fromFlag = await llb('--options', options, '--build-arg', 'TITLE=from the flag');
    expect(fromFlag).toContain('TITLE=from the flag');
  });

  test('an error names file and line, exit code 1', async () => {
    const input = 'FROM alpine\nRUN --mount=type=nonsense true\n';
    const { code, stderr } = await runCli(['llb', '-', '--offline'], { input });
    expect(stderr).toMatch(/^-:2: .*nonsense/);
    expect(code).toBe(1);
  });

  test('--batch answers a line for each case, in order, and survives lines that are none', async () => {
    const input = [
      { name: 'one', dockerfile: 'FROM scratch\nCOPY a /\n' },
      'no case',
      { name: 'two', dockerfile: 'FRM x\n' },
      {
        name: 'three',
        dockerfileBase64: Buffer.from('FROM alpine\n').toString('base64'),
        options: {},
      },
    ]
      .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
      .join('\n');
    const { code, stdout } = await runCli(['llb', '--batch'], { input });
    const lines = stdout.trim().split('\n');
    expect(code).toBe(0);
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { name: 'one', error: null },
      { results: [] },
      { name: 'two', results: [] },
      { name: 'three', error: null },
    ]);
    expect(lines[1]).toMatch(/"message":"not a case: /);
    expect(lines[2]).toMatch(/"message":"[^"]*FRM/);
  });
});

describe('check', () => {
  test('warnings are told with rule, file and line, and are no failure', async () => {
    const { code, stdout } = await runCli(['check', 'Dockerfile'], { cwd: sample });
    expect(stdout).toBe(
      "Dockerfile:4:14: warning: 'as' and 'FROM' keywords' casing do not match [FromAsCasing]\n",
    );
    expect(code).toBe(0);
  });

  test('errors fail; the other files are checked all the same', async () => {
    writeFileSync(join(folder, 'bad.Dockerfile'), 'FROM alpine\nFETCH x\n');
    const { code, stdout, stderr } = await runCli(
      ['check', 'bad.Dockerfile', 'nowhere', join(sample, 'Dockerfile'), '--format', 'json'],
      { cwd: folder },
    );
    expect(listIn(stdout, 'findings')).toMatchObject([
      { file: 'bad.Dockerfile', line: 2, severity: 'error' },
      { file: join(sample, 'Dockerfile'), line: 4, rule: 'FromAsCasing' },
    ]);
    expect(stderr).toContain('nowhere: there is no such file');
    expect(code).toBe(1);
  });

  test('SARIF for code scanning', async () => {
    const { stdout } = await runCli(['check', 'Dockerfile', '--format', 'sarif'], { cwd: sample });
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'FromAsCasing', level: 'warning' }] }],
    });
  });

  test('derivations too', async () => {
    const name = readdirSync(join(fixtures, 'derivation')).find((one) => one.endsWith('card.drv'));
    const text = readFileSync(join(fixtures, 'derivation', name ?? ''), 'utf8');
    cpSync(join(fixtures, 'derivation'), join(folder, 'derivation'), { recursive: true });
    writeFileSync(join(folder, 'derivation', name ?? ''), text.slice(0, -20));
    const path = join(folder, 'derivation', name ?? '');
    const { code, stdout } = await runCli(['check', path]);
    expect(stdout).toMatch(/card\.drv:1:\d+: error: .* \[syntax\]/);
    expect(code).toBe(1);
    const good = await runCli(['check', join(fixtures, 'derivation', name ?? '')]);
    expect(good).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('drv', () => {
  const derivations = join(fixtures, 'derivation');
  const names = readdirSync(derivations).filter((name) => name.endsWith('.drv'));

  test('--paths recomputes the name of every derivation from what it holds', async () => {
    const { code, stdout } = await runCli(['drv', derivations, '--paths']);
    const lines = derivationPaths(stdout);
    expect(lines.map(({ drv }) => drv).sort()).toEqual(
      names.map((name) => `/nix/store/${name}`).sort(),
    );
    const texts = names.map((name) => readFileSync(join(derivations, name), 'latin1'));
    for (const [name, path] of lines.flatMap(({ outputs }) => Object.entries(outputs))) {
      expect(texts.some((text) => text.includes(`("${name}","${path}","`))).toBe(true);
    }
    expect(code).toBe(0);
  });

  test('compiles to LLB, with where each output is', async () => {
    const name = names.find((one) => one.endsWith('card.drv')) ?? '';
    const { code, stdout } = await runCli(['drv', join(derivations, name), '--offline']);
    const report = derivationReport(stdout);
    expect(code).toBe(0);
    expect(report.buildable).toBe(true);
    expect(report.outputs).toHaveLength(1);
    expect(report.ops.map(({ digest }) => digest)).toContain(report.outputs[0]?.digest);
  });
});

describe.each(buildkits())('on $name', (buildkit) => {
  const env = environmentFor(buildkit);

  test('build writes the files of the sample, with progress on stderr only', async () => {
    const out = join(folder, `out-${buildkit.name}`);
    const { code, stdout, stderr } = await runCli(
      ['build', '--target', 'style', '-o', out, sample],
      { env },
    );
    expect(stderr).toMatch(/^#\d+ \[style 2\/2\] RUN cat styles\/base\.css/m);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(readFileSync(join(out, 'site/site.css'), 'utf8')).toMatch(
      /^body \{ margin: 2rem auto; /,
    );
  });

  test('build gives secrets to the steps that ask, by file and by variable', async () => {
    const context = join(folder, `secrets-${buildkit.name}`);
    mkdirSync(context);
    writeFileSync(join(folder, 'key'), 'from a file');
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM alpine\nRUN --mount=type=secret,id=key --mount=type=secret,id=word,env=WORD ' +
        'test "$(cat /run/secrets/key) $WORD" = "from a file from a variable"\n',
    );
    const { code, stderr } = await runCli(
      ['build', '--secret', `id=key,src=${folder}/key`, '--secret', 'id=word,env=W', context],
      { env: { ...env, W: 'from a variable' } },
    );
    expect(stderr).not.toContain('ERROR');
    expect(code).toBe(0);
  });

  test('a context of 300 MB arrives whole', { timeout: 240_000 }, async () => {
    const context = join(folder, `large-${buildkit.name}`);
    mkdirSync(context);
    for (let index = 0; index < 300; index += 1) {
      writeFileSync(join(context, `part-${index}`), randomFillSync(Buffer.alloc(1_000_000)));
    }
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM alpine\nCOPY part-* /parts/\n' +
        'RUN test "$(cat /parts/* | wc -c)" = 300000000 && ls /parts | wc -l\n',
    );
    const { code, stderr } = await runCli(['build', context], { env });
    expect(stderr).toMatch(/^#\d+ [\d.]+ 300$/m);
    expect(code).toBe(0);
    rmSync(context, { recursive: true });
  });

  test('drv --build prints path, NAR hash and references of each output of the closure', async () => {
    const derivations = join(fixtures, 'derivation');
    const name = readdirSync(derivations).find((one) => one.endsWith('card.drv')) ?? '';
    const { code, stdout, stderr } = await runCli(['drv', join(derivations, name), '--build'], {
      env,
    });
    expect(code, stderr).toBe(0);
    const lines = stdout.trim().split('\n');
    for (const line of lines) expect(line).toMatch(/"narHash":"sha256-[A-Za-z0-9+/]{43}="/);
    // Inputs come before their users, so what was asked for is last.
    const last: unknown = JSON.parse(lines.at(-1) ?? '');
    expect(last).toMatchObject({ drv: `/nix/store/${name}`, output: 'out' });
  });

  test('builders names this one as the one in use', async () => {
    const { code, stdout } = await runCli(['builders', '--json'], { env });
    expect(listIn(stdout, 'builders')[0]).toMatchObject({ current: true, state: 'connected' });
    expect(code).toBe(0);
  });
});

test('dap --port serves debuggers on loopback until it is interrupted', async () => {
  const cli = startCli(['dap', '--port', '0']);
  await cli.says('listening on 127.0.0.1:');
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(cli.errors)?.[1]);
  const socket = connectSocket(port, '127.0.0.1');
  socket.write(
    frame({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'buildkit' } }),
  );
  const answer: unknown[] = await once(socket, 'data');
  expect(String(answer[0])).toContain('"supportsConfigurationDoneRequest":true');
  socket.destroy();
  cli.child.kill('SIGINT');
  expect((await cli.ended).code).toBe(130);
});

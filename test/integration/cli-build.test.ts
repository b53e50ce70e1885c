/** `llb-lens build` as people run it: what comes from outside, and what is left behind. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { dockerEngine } from '../../proto/client/builders/default-builder';
import { engineImage, loadImage } from '../../proto/client/docker-engine';
import { isRecord } from '../../extension/engine/profile/decode';
import { daemons, environmentFor, requireBuildkit } from '../env/context';
import { startRegistryFront } from './registry-front';
import { runCli, type CliOptions } from './run-cli';
import { Terminal } from './terminal';

const buildkit = requireBuildkit('containerd');
const root = mkdtempSync(join(tmpdir(), 'llb-lens-cli-build-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const base = { ...environmentFor(buildkit), DOCKER_CONFIG: join(root, 'docker') };
mkdirSync(base.DOCKER_CONFIG);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

const dockerfile = (text: string) => writeFileSync(join(folder, 'Dockerfile'), text);
const build = (args: readonly string[], options: CliOptions = {}) =>
  runCli(['build', ...args], { cwd: folder, env: base, ...options });
const shown = 'FROM alpine AS made\n';

async function buildx(...args: readonly string[]) {
  const run = promisify(execFile);
  return run('docker', ['buildx', 'build', ...args], { cwd: folder, env: base });
}

describe('standard input', () => {
  test('is a context when it is an archive, packed or not', async () => {
    dockerfile('FROM scratch\nCOPY a /\n');
    writeFileSync(join(folder, 'a'), 'from the archive');
    for (const flags of ['-c', '-cz']) {
      const archive = execFileSync('tar', [flags, '.'], { cwd: folder });
      const run = await buildWithInput(['-o', 'out', '-'], archive);
      expect(run.stderr).toContain('[internal] load remote build context');
      expect(readFileSync(join(folder, 'out/a'), 'utf8')).toBe('from the archive');
    }
  });

  test('is a Dockerfile otherwise, with or without a context', async () => {
    writeFileSync(join(folder, 'a'), 'from the folder');
    const input = 'FROM scratch\nCOPY a /\n';
    expect((await build(['-o', 'out', '-f', '-', '.'], { input })).code).toBe(0);
    expect(readFileSync(join(folder, 'out/a'), 'utf8')).toBe('from the folder');
    const alone = await build(['-q', '-'], { input: 'FROM scratch\nLABEL a=b\n' });
    expect(alone.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    const twice = await build(['-f', '-', '-'], { input });
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('cannot be both');
  });

  /** Bytes, which {@link runCli} does not take. */
  async function buildWithInput(args: readonly string[], input: Buffer) {
    const cli = join(import.meta.dirname, '../../dist/cli.js');
    const child = spawn(process.execPath, [cli, 'build', ...args], { cwd: folder, env: base });
    let stderr = '';
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return { stderr };
  }
});

describe('what a build is lent', () => {
  test('an SSH agent is there, and secrets come from files and variables', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'file'), 'from a file');
    dockerfile(
      `${shown}RUN --mount=type=ssh,required --mount=type=secret,id=f --mount=type=secret,id=v,env=V ` +
        `test -S "$SSH_AUTH_SOCK" && echo "$(cat /run/secrets/f) $V" > /said\n` +
        'FROM scratch\nCOPY --from=made /said /\n',
    );
    const secrets = ['--secret', 'id=f,src=file', '--secret', 'id=v,env=V'];
    const env = { ...base, V: 'a variable' };
    const run = await build(['--ssh', 'default=key', ...secrets, '-o', 'out', '.'], { env });
    expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'out/said'), 'utf8')).toBe('from a file a variable\n');
    const without = await build([...secrets, '--no-cache', '.'], { env });
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(/ssh/i);
  });

  test('a local cache is written, found again and used', async () => {
    dockerfile(`${shown}RUN echo ${Math.random()} > /made\n`);
    const to = await build([
      '--cache-to',
      'type=local,dest=cache,mode=max',
      '-o',
      'type=cacheonly',
      '.',
    ]);
    expect({ code: to.code, stderr: to.stderr }).toMatchObject({ code: 0 });
    const index: unknown = JSON.parse(readFileSync(join(folder, 'cache/index.json'), 'utf8'));
    expect(JSON.stringify(index)).toContain('sha256:');
    const from = await build(['--cache-from', 'type=local,src=cache', '-o', 'type=cacheonly', '.']);
    expect(from.stderr).toMatch(/importing cache manifest from local/);
    const missing = await build([
      '--cache-from',
      'type=local,src=none',
      '-o',
      'type=cacheonly',
      '.',
    ]);
    expect(missing.code).toBe(0);
    expect(missing.stderr).toContain(join(folder, 'none'));
  });

  test('an OCI layout, a folder and an image are contexts', async () => {
    dockerfile('FROM scratch\nCOPY Dockerfile /layout\n');
    expect((await build(['-o', 'type=oci,tar=false,dest=layout', '.'])).code).toBe(0);
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'lib/l'), '');
    dockerfile(
      'FROM base AS b\nFROM scratch\nCOPY --from=b /layout /\nCOPY --from=lib l /\nCOPY --from=img /bin/busybox /\n',
    );
    const contexts = ['base=oci-layout://layout', 'lib=lib', 'img=docker-image://busybox:latest'];
    const flags = contexts.flatMap((text) => ['--build-context', text]);
    const run = await build([...flags, '-o', 'out', '.']);
    expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'out/layout'), 'utf8')).toContain('COPY Dockerfile');
    const bake = await build(['--build-context', 'x=target:y', '.']);
    expect(bake.stderr).toContain('Bake');
  });
});

describe('what a build leaves', () => {
  test('metadata and image id, as buildx writes them', async () => {
    dockerfile('FROM scratch\nCOPY Dockerfile /\nMAINTAINER me\nfrom scratch\nCOPY Dockerfile /\n');
    const env = { ...base, BUILDX_METADATA_WARNINGS: '1' };
    const tag = `llb-lens-meta:${Date.now()}`;
    const flags = ['-t', tag, '--iidfile', 'iid', '--metadata-file', 'meta.json'];
    const run = await build([...flags, '-q', '.'], { env });
    const own = json('meta.json');
    expect(run.stdout.trim()).toBe(readFileSync(join(folder, 'iid'), 'utf8'));
    const theirFlags = ['-t', tag, '--metadata-file', 'theirs.json', '-q', '.'];
    await promisify(execFile)('docker', ['buildx', 'build', ...theirFlags], { cwd: folder, env });
    const theirs = json('theirs.json');
    expect(Object.keys(own).sort()).toEqual(Object.keys(theirs).sort());
    const [name, provenance, ref] = ['image.name', 'buildx.build.provenance', 'buildx.build.ref'];
    expect(own).toMatchObject({ [name]: theirs[name], [provenance]: theirs[provenance] });
    const places = [own, theirs].map((one) => String(one[ref]).replace(/[^/]+$/, ''));
    expect(places).toEqual(['default/default/', 'default/default/']);
    // Vertices are named for their session, and buildx writes warnings in the order of a Go map.
    const [warnings, wanted] = [own, theirs].map((one) => {
      const list = one['buildx.build.warnings'];
      const all: readonly unknown[] = Array.isArray(list) ? list : [];
      return all
        .map((warning) =>
          JSON.stringify(isRecord(warning) ? { ...warning, vertex: undefined } : {}),
        )
        .sort();
    });
    expect(warnings).toHaveLength(2);
    expect(warnings).toEqual(wanted);
    execFileSync('docker', ['rmi', tag], { env: base });
  });

  test('an archive on standard output, and nothing else there', async () => {
    dockerfile('FROM scratch\nCOPY Dockerfile /inside\n');
    const run = await build(['-o', '-', '.']);
    expect(run.stdout).toContain('inside');
    expect(run.stdout).not.toContain('sha256:');
  });

  test('an image archive, which a Docker Engine takes as another builder’s image', async () => {
    const tag = `llb-lens-loaded:${Date.now()}`;
    dockerfile('FROM scratch\nCOPY Dockerfile /\n');
    const run = await build(['-t', tag, '-o', 'type=docker,dest=image.tar', '.']);
    expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
    const engine = await dockerEngine(base);
    if (engine === undefined) throw new Error('there is no Docker Engine');
    await loadImage(engine, createReadStream(join(folder, 'image.tar')));
    const { size = 0, digests = [] } = (await engineImage(engine, tag)) ?? {};
    expect(size).toBeGreaterThan(20);
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(execFileSync('docker', ['rmi', tag], { env: base }).toString()).toContain(tag);
    expect(await engineImage(engine, tag)).toBeUndefined();
    const broken = Readable.from([Buffer.from('no archive')]);
    await expect(loadImage(engine, broken)).rejects.toThrow(/archive|EOF|tar/);
  });

  test('several outputs at once, an image in a registry among them', async () => {
    const registry = daemons()?.registry?.replace('http://', '') ?? '';
    const name = `${registry}/llb-lens/pushed:${Date.now()}`;
    dockerfile('FROM scratch\nCOPY Dockerfile /\n');
    const outputs = ['-o', `type=image,name=${name},push=true`, '-o', 'type=local,dest=out'];
    const run = await build([...outputs, '--annotation', 'org.example.a=b', '.']);
    expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'out/Dockerfile'), 'utf8')).toContain('FROM scratch');
    const [repository, tag] = name.slice(registry.length + 1).split(':');
    const answer = await fetch(`http://${registry}/v2/${repository ?? ''}/manifests/${tag ?? ''}`, {
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
    });
    expect(answer.status).toBe(200);
    const index: unknown = await answer.json();
    const manifests: readonly unknown[] =
      isRecord(index) && Array.isArray(index['manifests']) ? index['manifests'] : [];
    const [first] = manifests;
    const digest = isRecord(first) ? String(first['digest']) : '';
    const manifest = await fetch(`http://${registry}/v2/${repository ?? ''}/manifests/${digest}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(await manifest.json()).toMatchObject({ annotations: { 'org.example.a': 'b' } });
  });

  const json = (name: string): Record<string, unknown> => {
    const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (!isRecord(value)) throw new Error(`${name} is no object`);
    return value;
  };
});

test('every flag that docker buildx build lists stands in the table of the documentation', async () => {
  const { stdout } = await buildx('--help');
  const listed = [...stdout.matchAll(/^\s+(?:-\w, )?--([a-z-]+)/gm)].map(([, flag]) => flag);
  expect(listed.length).toBeGreaterThan(30);
  const readme = join(import.meta.dirname, '../../extension/cli/docker-build/README.md');
  const rows = readFileSync(readme, 'utf8').matchAll(
    /^\| `--([a-z-]+)`\s*\| (works|ignored|refused)/gm,
  );
  expect([...rows].map(([, flag]) => flag)).toEqual(expect.arrayContaining(listed));
});

describe('questions in place of a build', () => {
  test.each(['check', 'outline', 'targets,format=json'])(
    '--call %s answers as buildx does',
    async (method) => {
      dockerfile('FROM alpine AS a\nARG X=1\nFROM a AS last\nRUN echo $Y\nMAINTAINER me\n');
      const own = await build(['--call', method, '--progress', 'quiet', '.']);
      const theirs = await buildx('--call', method, '--progress', 'quiet', '.').then(
        ({ stdout }) => ({ stdout: stdout.trimStart(), code: 0 }),
        (error: unknown) =>
          isRecord(error)
            ? { stdout: String(error['stdout']).trimStart(), code: error['code'] }
            : undefined,
      );
      // buildx begins with the empty line that follows its progress, shown or not.
      expect({ stdout: own.stdout, code: own.code }).toEqual(theirs);
    },
  );
});

describe('progress', () => {
  test('as JSON has the fields that buildx writes', async () => {
    dockerfile('FROM alpine\nRUN echo out; echo err >&2\nMAINTAINER me\nCOPY Dockerfile /\n');
    const flags = ['--no-cache', '--progress', 'rawjson', '-o', 'type=cacheonly', '.'];
    const [own, theirs] = [await build(flags), await buildx(...flags)];
    expect(fieldsOf(own.stderr)).toEqual(fieldsOf(theirs.stderr));
  });

  test('on a terminal is rewritten in place and fits after a change of width', async () => {
    // The step waits until its first line has been seen, and the terminal is another.
    const gate = `FROM alpine\nRUN --mount=type=cache,target=/gate`;
    const name = randomUUID();
    dockerfile(
      `${gate} echo begun; until [ -e /gate/${name} ]; do sleep 0.1; done; ` +
        'echo a line that is longer than the terminal\n',
    );
    const cli = join(import.meta.dirname, '../../dist/cli.js');
    const argv = [process.execPath, cli, 'build', '--no-cache', '-o', 'type=cacheonly', folder];
    const terminal = new Terminal(argv, { ...base, NO_COLOR: '1', TERM: 'xterm' });
    await terminal.see(/=> => # begun/);
    terminal.resize(24, 30);
    const opener = `${gate} touch /gate/${name}\n`;
    const opened = await build(['-o', 'type=cacheonly', '-f', '-', '.'], { input: opener });
    expect(opened).toMatchObject({ code: 0 });
    expect(await terminal.exit).toBe(0);
    // After ten seconds the rest of the last word is beyond the edge.
    expect(terminal.shown).toMatch(/\[\+\] Building [\d.]+s \((\d+)\/\1\) FINI/);
    expect(terminal.shown).not.toContain('\u001b[34m');
    terminal.close();
  });

  test('is refused as a terminal’s where there is none', async () => {
    dockerfile('FROM scratch\n');
    expect((await build(['--progress', 'tty', '.'])).code).toBe(2);
  });

  /** `statuses.total: number` and so on, for everything that came. */
  function fieldsOf(lines: string): string[] {
    const fields = new Set<string>();
    const visit = (value: unknown, path: string): void => {
      if (Array.isArray(value)) for (const one of value) visit(one, path);
      else if (isRecord(value)) {
        for (const [key, one] of Object.entries(value)) {
          // Digests are keys, and what is transferred differs from run to run.
          const name = key.startsWith('sha256:') ? 'DIGEST' : key;
          if (!['total', 'caps'].includes(name)) visit(one, path === '' ? name : `${path}.${name}`);
        }
      } else fields.add(`${path}: ${typeof value}`);
    };
    for (const line of lines.split('\n')) if (line !== '') visit(JSON.parse(line), '');
    return [...fields].sort();
  }
});

describe('a registry', () => {
  const login = { username: 'ada', password: 'secret' };
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');

  test.each([
    ['gives a token for a login', { kind: 'token', post: true, login } as const, true, 0, /DONE/],
    ['refuses without a login', { kind: 'token', post: true, login } as const, false, 1, /401/],
    ['answers 429', { kind: 'status', status: 429 } as const, false, 1, /429|Too Many Requests/],
    ['answers 500', { kind: 'status', status: 500 } as const, false, 1, /500|Internal Server/],
  ])('that %s', async (_, gate, known, code, said) => {
    const front = await startRegistryFront(daemons()?.registry ?? '');
    front.gate = gate;
    const config = mkdtempSync(join(folder, 'docker-'));
    const auths = known ? { [front.host]: { auth } } : {};
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths }));
    dockerfile(`FROM ${front.host}/library/alpine:3.20\n`);
    try {
      const env = { ...base, DOCKER_CONFIG: config };
      const run = await build(['--pull', '-o', 'type=cacheonly', '.'], { env });
      expect({ code: run.code, stderr: run.stderr }).toMatchObject({ code });
      expect(run.stderr).toMatch(said);
    } finally {
      await front.close();
    }
  });
});

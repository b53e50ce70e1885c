/** Store paths taken from binary caches that real Nix wrote, and what happens to those it cannot be. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentFor, requireBuildkit } from '../env/context';
import { isRecord } from '../env/json';
import { hasSources, writeExpression } from './nix-expressions';
import { runCli } from './run-cli';

const BODY = `rec {
  lib = make "lib" "mkdir -p $out/sub; echo shared > $out/text; ln -s text $out/link; echo 'exit' > $out/sub/run; chmod +x $out/sub/run; echo > \\"$out/a b\\"";
  tool = make "tool" "mkdir $out; echo \${lib} > $out/lib; echo $out > $out/self";
  link = make "link" "ln -s \${lib}/text $out";
  user = make "user" "cat \${tool}/* \${link} > $out; ls /nix/store >> $out";
}`;

describe.skipIf(!hasSources())('binary caches of real Nix', () => {
  let folder = '';
  let store = '';
  let server: Server | undefined;
  let address = '';
  let key = '';
  const asked: string[] = [];
  /** What Nix says of its outputs, by store path. */
  let facts: Readonly<Record<string, unknown>> = {};

  const env = () => ({
    ...environmentFor(requireBuildkit('containerd')),
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  const nix = (...args: string[]): string =>
    execFileSync(
      'nix',
      [
        ...['--extra-experimental-features', 'nix-command', '--store', join(folder, 'root')],
        ...['--option', 'substituters', '', '--offline', ...args],
      ],
      { env: env(), encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
    );
  const drvOf = (name: string): string =>
    join(folder, 'root', nix('eval', '--impure', '--raw', '-f', 'default.nix', `${name}.drvPath`));
  const build = (name: string, ...more: string[]) =>
    runCli(['drv', '--build', ...more, drvOf(name)], { cwd: folder, env: env() });
  const trusting = (...more: string[]) => [...more, '--trusted-public-key', key];

  /** Output lines, as far as Nix has the same path. */
  const comparable = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
      .flatMap((line) =>
        isRecord(line)
          ? [[line['path'], { narHash: line['narHash'], references: line['references'] }]]
          : [],
      );
  const expected = (...names: string[]) =>
    Object.entries(facts).flatMap(([path, info]) =>
      isRecord(info) && Array.isArray(info['references']) && names.includes(path.slice(44))
        ? [
            [
              path,
              { narHash: info['narHash'], references: info['references'].map(String).sort() },
            ] as const,
          ]
        : [],
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-cache-'));
    store = join(folder, 'root/nix/store');
    await writeExpression(folder, { body: BODY });
    const secret = execFileSync(
      'nix',
      [
        ...['--extra-experimental-features', 'nix-command'],
        ...['key', 'generate-secret', '--key-name', 'test-1'],
      ],
      { env: env() },
    );
    await writeFile(join(folder, 'secret'), secret);
    key = execFileSync(
      'nix',
      ['--extra-experimental-features', 'nix-command', 'key', 'convert-secret-to-public'],
      { env: env(), input: secret, encoding: 'utf8' },
    );
    nix('build', '--impure', '--no-link', '-f', 'default.nix', 'user');
    const made = readdirSync(store)
      .filter((name) => /^.{32}-(lib|tool|link|user)$/.test(name))
      .map((name) => `/nix/store/${name}`);
    const said: unknown = JSON.parse(nix('path-info', '--json', '--json-format', '1', ...made));
    facts = isRecord(said) ? said : {};
    for (const [name, compression, only] of [
      ['xz', 'xz'],
      // What is in a cache already stays as it is, so this one has both.
      ['mixed', 'gzip', '-lib'],
      ['mixed', 'zstd'],
      ['plain', 'none'],
    ] as const) {
      const where = `file://${join(folder, name)}?compression=${compression}&secret-key=${join(folder, 'secret')}`;
      const wanted = made.filter((path) => only === undefined || path.endsWith(only));
      const some = wanted.filter((path) => name === 'xz' || !path.endsWith('-user'));
      nix('copy', '--to', where, ...some);
    }
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      readFile(join(folder, normalize(`/${request.url ?? ''}`))).then(
        (data) => response.end(data),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
    const bound = server.address();
    address = typeof bound === 'object' ? `http://127.0.0.1:${bound?.port}` : '';
  });
  afterAll(async () => {
    server?.close();
    execFileSync('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  it('are used over http in place of all building', async () => {
    const made = await build('user', ...trusting('--substituter', `${address}/xz`));
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).not.toContain('build user');
    expect(comparable(made.stdout)).toEqual(expected('user'));
    expect(made.stderr).toContain('unpack user from a binary cache');
    expect(asked.some((url) => url.endsWith('.narinfo'))).toBe(true);
  });

  it('are used as folders, and what they lack is built', async () => {
    const made = await build(
      'user',
      ...trusting('--substituter', `file://${join(folder, 'mixed')}`),
    );
    expect(made).toMatchObject({ code: 0 });
    const infos = readdirSync(join(folder, 'mixed')).filter((name) => name.endsWith('.narinfo'));
    const texts = infos.map((name) => readFileSync(join(folder, 'mixed', name), 'utf8'));
    const compressions = new Set(texts.map((text) => /^Compression: (.*)$/m.exec(text)?.[1]));
    expect([...compressions].sort()).toEqual(['gzip', 'zstd']);
    expect(made.stderr).toContain('build user');
    expect(made.stderr).not.toMatch(/build (lib|tool|link)/);
    const got = new Map(comparable(made.stdout).map(([path, facts]) => [path, facts]));
    for (const [path, facts] of expected('tool', 'link', 'user')) {
      expect([path, got.get(path)]).toEqual([path, facts]);
    }
  });

  it('are not used when nobody trusted has signed what they say', async () => {
    // Nobody is trusted; then somebody of the signer's name who has another key.
    const other = `test-1:${Buffer.alloc(32, 7).toString('base64')}`;
    for (const trusted of [[], ['--trusted-public-key', other]]) {
      const made = await build('tool', '--substituter', `${address}/xz`, ...trusted);
      expect(made).toMatchObject({ code: 0 });
      expect(made.stderr).toContain('build tool');
      expect(made.stderr).toContain('no trusted key has signed /nix/store/');
      expect(made.stderr).not.toContain('unpack');
    }
  });

  it('are done without when an archive is another than was signed', async () => {
    const info = readdirSync(join(folder, 'plain')).find((name) =>
      name.startsWith(basename(expected('link')[0]?.[0] ?? '').slice(0, 32)),
    );
    const text = await readFile(join(folder, 'plain', info ?? ''), 'utf8');
    const [, url = ''] = /^URL: (.*)$/m.exec(text) ?? [];
    const bytes = await readFile(join(folder, 'plain', url));
    bytes.write('/TEXT', bytes.indexOf('/text'));
    await writeFile(join(folder, 'plain', url), bytes);
    const made = await build(
      'link',
      ...trusting('--substituter', `file://${join(folder, 'plain')}`),
    );
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toContain('hash mismatch importing path');
    expect(made.stderr).toContain('build link');
    expect(comparable(made.stdout).at(-1)).toEqual(expected('link')[0]);
    // An image finds that out while it looks for what its paths need.
    const image = await runCli(
      [
        ...['image', `${drvOf('link')}^out`, '-o', `type=oci,dest=${join(folder, 'link.tar')}`],
        ...trusting('--substituter', `file://${join(folder, 'plain')}`),
      ],
      { cwd: folder, env: env() },
    );
    expect(image.code, image.stderr).toBe(0);
    expect(image.stderr).toContain('cannot be fetched, so it is built');
    expect(image.stderr).toContain('build link');
    expect(existsSync(join(folder, 'link.tar'))).toBe(true);
  });
});

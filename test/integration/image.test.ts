/** Images of what Nix would install, made by BuildKit from expressions and run by Docker. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { treeAt, treeOfTar } from '../../language-server/derivation';
import { environmentFor, requireBuildkit } from '../env/context';
import { hasSources, writeExpression } from './nix-expressions';
import { hasNixImage, pushNixImage } from './nix-image';
import { runCli } from './run-cli';

const BINDINGS = `
  lib = make "lib" "mkdir $out; echo shared > $out/text";
  program = name: more: make name ''
    mkdir -p $out/bin
    printf '#!%s/bin/sh\\ncat %s/text \${more}\\n' \${bb} \${lib} > $out/bin/\${name}
    chmod +x $out/bin/\${name}
  '';`;
const BODY = `{
  hello = program "hello" "";
  bye = program "bye" (make "data" "echo data > $out");
  other = make "other" "mkdir -p $out/bin $out/lib; echo > $out/bin/other; echo > $out/lib/text";
  rival = make "rival" "mkdir -p $out/bin; echo > $out/bin/other";
  none = make "none" "true";
  set = { };
  late = make (builtins.readFile (make "name" "printf x > $out")) "echo > $out";
}`;

describe.skipIf(!hasSources())('llb-lens image', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-image-'));
    await writeExpression(folder, { bindings: BINDINGS, body: BODY });
    const flake = '{ outputs = _: { packages.x86_64-linux = import ./default.nix; }; }';
    await writeFile(join(folder, 'flake.nix'), flake);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const env = () => ({
    ...environmentFor(requireBuildkit('containerd')),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  });
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, { env: env(), encoding: 'utf8' });
  const image = (name: string, ...more: string[]) =>
    runCli(['image', '-f', 'default.nix', name, ...more], { cwd: folder, env: env() });

  it('makes images that run, and that share the layers of what both need', async () => {
    const flags = [
      ...['--cmd', '["one","two"]', '--env', 'A=b c', '--env', 'PATH=/bin', '--workdir', '/lib'],
      ...['--user', '1000:100', '--label', 'x=y=z', '--expose', '80/tcp', '--volume', '/data'],
    ];
    for (const [name, ...more] of [['hello'], ['bye', ...flags]] as const) {
      const tag = ['-t', `llb-lens/${name}:image-test`, '--entrypoint', `/bin/${name}`];
      expect(await image(name, ...tag, ...more)).toMatchObject({ code: 0 });
    }
    const inspected: unknown = JSON.parse(docker('image', 'inspect', 'llb-lens/bye:image-test'));
    expect(inspected).toMatchObject([
      {
        Config: {
          ...{ Entrypoint: ['/bin/bye'], Cmd: ['one', 'two'], Env: ['A=b c', 'PATH=/bin'] },
          ...{ WorkingDir: '/lib', User: '1000:100', Labels: { x: 'y=z' } },
          ...{ ExposedPorts: { '80/tcp': {} }, Volumes: { '/data': {} } },
        },
      },
    ]);
    expect(docker('run', '--rm', 'llb-lens/hello:image-test')).toBe('shared\n');
    expect(docker('run', '--rm', 'llb-lens/bye:image-test')).toBe('shared\ndata\n');
    const [hello, bye] = ['hello', 'bye'].map((name): unknown =>
      JSON.parse(
        docker(
          'image',
          'inspect',
          '--format',
          '{{json .RootFS.Layers}}',
          `llb-lens/${name}:image-test`,
        ),
      ),
    );
    if (!Array.isArray(hello) || !Array.isArray(bye)) throw new Error('no layers');
    const sizes = ['hello', 'bye'].map((name) =>
      docker('image', 'inspect', '--format', '{{.Size}}', `llb-lens/${name}:image-test`).trim(),
    );
    console.info(
      `hello has ${hello.length} layers, ${sizes[0]} bytes; bye ${bye.length}, ${sizes[1]} bytes; ` +
        `${hello.filter((layer) => bye.includes(layer)).length} layers are shared`,
    );
    // busybox and the library; the program and the links are each image's own.
    expect(hello.filter((layer) => bye.includes(layer))).toHaveLength(2);
    expect([hello.length, bye.length]).toEqual([4, 5]);
  });

  it('makes one tree of the files of several, unless two have the same', async () => {
    const tree = async (...names: string[]) =>
      runCli(['image', '-f', 'default.nix', ...names, '--copies', '-o', 'type=tar,dest=tree.tar'], {
        cwd: folder,
        env: env(),
      });
    expect(await tree('hello', 'other')).toMatchObject({ code: 0 });
    const at = treeOfTar(await readFile(join(folder, 'tree.tar')));
    const [bin, lib] = ['/bin', '/lib'].map((path) => treeAt(at, path));
    if (bin?.kind !== 'directory' || lib?.kind !== 'directory') throw new Error('no such tree');
    expect([...bin.entries].map(([name, { kind }]) => [name, kind])).toEqual([
      ['hello', 'file'],
      ['other', 'file'],
    ]);
    expect([...lib.entries.keys()]).toEqual(['text']);
    const refused = await tree('other', 'rival');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/conflict for the following files:\n\n.*-other\/bin\/other/);
  });

  it('makes the same image of a flake reference, and of an output of a derivation', async () => {
    const store = join(folder, 'cache/llb-lens/nix-store/nix/store');
    const made = async (...what: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runCli(
        ['image', '-q', ...what, '-t', 'llb-lens/two:image-test', '--layers', '2'],
        { cwd: folder, env: env() },
      );
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const attribute = await made('-f', 'default.nix', 'hello');
    expect(attribute).toMatch(/^sha256:/);
    expect(await made(`path:${folder}#hello`)).toBe(attribute);
    // A name that the user's own registry gives a meaning.
    const registry = join(folder, 'flakes.json');
    const flakes = [{ from: { type: 'indirect', id: 'ours' }, to: { type: 'path', path: folder } }];
    await writeFile(registry, JSON.stringify({ version: 2, flakes }));
    await mkdir(join(folder, 'config/nix'), { recursive: true });
    await writeFile(join(folder, 'config/nix/nix.conf'), `flake-registry = ${registry}\n`);
    expect(await made('ours#hello')).toBe(attribute);
    const drv = readdirSync(store).find((name) => /^.{33}hello\.drv$/.test(name)) ?? '';
    expect(await made(`${join(store, drv)}^out`)).toBe(attribute);
    const layers = ['image', 'inspect', '-f', '{{len .RootFS.Layers}}', 'llb-lens/two:image-test'];
    expect(docker(...layers).trim()).toBe('2');
  });

  it('says what to do when evaluation would have to build', async () => {
    const made = await image('late');
    expect(made.code).toBe(1);
    expect(made.stderr).toContain('import from derivation');
  });

  it.runIf(hasNixImage())('evaluates on the builder where there is no Nix', async () => {
    const nixImage = await pushNixImage();
    const without = { ...env(), PATH: dirname(process.execPath) };
    const made = async (...what: string[]) =>
      runCli(['image', '--nix-image', nixImage, ...what], { cwd: folder, env: without });
    const entrypoint = ['-t', 'llb-lens/hello:image-test', '--entrypoint', '/bin/hello'];
    const here = await image('hello', '-q', ...entrypoint);
    const there = await made('-f', 'default.nix', 'hello', ...entrypoint);
    expect(there).toMatchObject({ code: 0, stdout: here.stdout });
    expect(there.stderr).toContain('evaluate hello');
    // A flake's path means the same in the step.
    const late = await made(`path:${folder}#late`);
    expect(late.code).toBe(1);
    expect(late.stderr).toContain('import from derivation');
  });

  it.each([
    ['nothing', "attribute 'nothing'"],
    ['set', 'this is no derivation but a set'],
    ['none', "Reason: builder for '/nix/store/"],
  ])('says what is wrong with %s', async (name, message) => {
    const made = await image(name, '-o', 'type=oci,dest=wrong.tar');
    expect(made.code).toBe(1);
    expect(made.stderr).toContain(message);
  });

  it('says that a plain word is a flake where no file is named', async () => {
    const made = await runCli(['image', 'path'], { cwd: folder, env: env() });
    expect(made.code).toBe(1);
    expect(made.stderr).toContain('path was taken for a flake');
  });
});

/** Images of what Nix would install, made by BuildKit from expressions and run by Docker. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNar } from '../../language-server/derivation';
import { environmentFor, requireBuildkit } from '../env/context';
import { runCli } from './run-cli';
import { writeTree } from './write-tree';

const SOURCES = resolve(import.meta.dirname, '../../../shared/conformance/nix/sources');
const BUSYBOX = '80l1k1ck61fghkxfl153x0cf392xx0lw-busybox-static';
const present = existsSync(SOURCES);
if (!present) console.warn('skipped: the Nix conformance data (../shared) is not there');

const EXPRESSION = `
let
  bb = builtins.path { path = ./busybox; name = "busybox-static"; };
  make = name: script: derivation {
    inherit name; system = "x86_64-linux"; builder = bb + "/bin/sh";
    args = [ "-euc" ("export PATH=" + bb + "/bin\\n" + script) ];
  };
  lib = make "lib" "mkdir $out; echo shared > $out/text";
  program = name: more: make name ''
    mkdir -p $out/bin
    printf '#!%s/bin/sh\\ncat %s/text \${more}\\n' \${bb} \${lib} > $out/bin/\${name}
    chmod +x $out/bin/\${name}
  '';
in {
  hello = program "hello" "";
  bye = program "bye" (make "data" "echo data > $out");
  late = make (builtins.readFile (make "name" "printf x > $out")) "echo > $out";
}
`;

describe.skipIf(!present)('llb-lens image', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-image-'));
    await writeTree(
      readNar(await readFile(join(SOURCES, `${BUSYBOX}.nar`))),
      join(folder, 'busybox'),
    );
    await writeFile(join(folder, 'default.nix'), EXPRESSION);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const env = () => ({
    ...environmentFor(requireBuildkit('containerd')),
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, { env: env(), encoding: 'utf8' });
  const image = (name: string, ...more: string[]) =>
    runCli(['image', '-f', 'default.nix', name, ...more], { cwd: folder, env: env() });

  it('makes images that run, and that share the layers of what both need', async () => {
    for (const name of ['hello', 'bye']) {
      const made = await image(
        name,
        '-t',
        `llb-lens/${name}:image-test`,
        '--entrypoint',
        `/bin/${name}`,
      );
      expect(made).toMatchObject({ code: 0 });
    }
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
    // busybox and the library; the program and the links are each image's own.
    expect(hello.filter((layer) => bye.includes(layer))).toHaveLength(2);
    expect([hello.length, bye.length]).toEqual([4, 5]);
  });

  it('says what to do when evaluation would have to build', async () => {
    const made = await image('late');
    expect(made.code).toBe(1);
    expect(made.stderr).toContain('import from derivation');
  });

  it('says which attribute there is not', async () => {
    const made = await image('nothing');
    expect(made.code).toBe(1);
    expect(made.stderr).toContain("attribute 'nothing'");
  });
});

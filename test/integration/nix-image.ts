/** An image with the environment's own Nix, made by BuildKit and pushed to the environment's registry. */
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { daemons, environmentFor, requireBuildkit } from '../env/context';
import { runCli } from './run-cli';

/** False where no Debian root with Nix is at hand. */
export function hasNixImage(): boolean {
  return daemons()?.root !== undefined && daemons()?.registry !== undefined;
}

/** @returns its name */
export async function pushNixImage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-nix-image-'));
  try {
    return await pushFrom(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pushFrom(folder: string): Promise<string> {
  const { root = '', registry = '' } = daemons() ?? {};
  const loader = '/lib64/ld-linux-x86-64.so.2';
  const libraries = execFileSync(
    join(root, loader),
    ['--library-path', join(root, 'usr/lib/x86_64-linux-gnu'), '--list', join(root, 'usr/bin/nix')],
    { encoding: 'utf8' },
  );
  const files = libraries.match(/\/\S+/g)?.filter((path) => path.startsWith(root)) ?? [];
  const inside = new Set(files.map((path) => path.slice(root.length)));
  for (const path of ['/usr/bin/nix', loader, ...inside]) {
    const to = join(folder, 'root', path);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(join(root, path), to);
    await chmod(to, 0o755);
  }
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY root /\nENV PATH=/usr/bin\n');
  const name = `${registry.replace(/^http:\/\//, '')}/llb-lens/only-nix:image-test`;
  const { code, stderr } = await runCli(
    ['build', '-o', `type=image,name=${name},push=true,compression=uncompressed`, folder],
    { env: environmentFor(requireBuildkit('containerd')) },
  );
  if (code !== 0) throw new Error(stderr);
  return name;
}

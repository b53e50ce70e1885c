/**
 * Derivations on BuildKit beside the environment's own Nix, and beside exec ops of the same shape
 * with nothing around them: cold, and again when all is there. Then parsing, hashing and compiling
 * of real closures.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { environmentFor, type BuildkitDescription } from '../env/context';
import { bareClosure, type BareShape } from './bare-closure';
import { bundled } from './bundled';
import { amount, type Figure } from './report';

const closures = resolve(__dirname, '../../../shared/conformance/nix/guix');

/** Rows by id; those of 1,000 take minutes and run only when they are named. */
const rows: readonly { readonly shape: BareShape; readonly count: number }[] = [
  { shape: 'chain', count: 10 },
  { shape: 'diamonds', count: 12 },
  { shape: 'chain', count: 100 },
  { shape: 'wide', count: 100 },
  { shape: 'diamonds', count: 100 },
  { shape: 'chain', count: 1000 },
  { shape: 'diamonds', count: 1000 },
];
const MOST_BY_DEFAULT = 100;

/** Nix's own copy of {@link bareClosure}'s shapes; the builder is any machine's shell. */
const expression = `{ shape, count, seed }:
let
  make = name: inputs: derivation {
    inherit name seed inputs; system = "x86_64-linux"; builder = "/bin/sh";
    args = [ "-c" "for input in $inputs; do read line < $input; done; echo $name > $out" ];
  };
  chain = at: make "c\${toString at}" (if at == 0 then [ ] else [ (chain (at - 1)) ]);
  diamonds = at:
    let below = if at == 0 then [ ] else [ (diamonds (at - 1)) ]; name = toString at;
    in make "d\${name}" [ (make "l\${name}" below) (make "r\${name}" below) ];
in if shape == "chain" then chain (count - 1)
  else if shape == "wide" then make "all" (builtins.genList (at: make "w\${toString at}" [ ]) (count - 1))
  else diamonds (count / 3 - 1)
`;

export async function derivationFigures(
  dist: string,
  buildkit: BuildkitDescription,
  wanted: readonly string[],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const row of rows) {
    const id = `${row.shape}-${row.count}`;
    if (wanted.length === 0 ? row.count > MOST_BY_DEFAULT : !wanted.includes(id)) continue;
    figures.push(...(await beside(dist, buildkit, row)));
  }
  for (const name of ['hello', 'git', 'gnome']) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    figures.push(...(await compileFigures(name)));
  }
  return figures;
}

async function beside(
  dist: string,
  buildkit: BuildkitDescription,
  { shape, count }: (typeof rows)[number],
): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-bench-'));
  const env = { ...environmentFor(buildkit), XDG_CACHE_HOME: join(folder, 'cache') };
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(program, args, {
      ...{ cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 28 },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const timed = (program: string, args: readonly string[]): number => {
    const started = performance.now();
    run(program, args);
    return performance.now() - started;
  };
  try {
    const seed = folder.slice(-6);
    const store = join(folder, 'store');
    await writeFile(join(folder, 'shape.nix'), expression);
    const option = (name: string, value: string): string[] => ['--option', name, value];
    const settings = [
      ...['--store', store, ...option('substituters', '')],
      ...option('max-call-depth', '1000000'),
      // As its users have it; without a sandbox it takes half the time.
      ...[...option('sandbox', 'true'), ...option('sandbox-fallback', 'false')],
    ];
    const nix = [
      ...[...settings, '--argstr', 'shape', shape, '--arg', 'count', `${count}`],
      ...['--argstr', 'seed', seed],
    ];
    const drv =
      run('nix-instantiate', [...nix, 'shape.nix'])
        .trim()
        .split('\n')
        .at(-1) ?? '';
    const build = [...settings, '--realise', drv];
    const theirs = [timed('nix-store', build), timed('nix-store', build)];
    const cli = join(dist, 'cli.js');
    const file = join(store, drv);
    const ours = (): number => timed(process.execPath, [cli, 'drv', '--build', file]);
    const own = [ours(), ours(), ours()];
    await writeFile(join(folder, 'bare.pb'), bareClosure(shape, count, seed));
    mkdirSync(join(folder, 'empty'));
    const llb = (): number => timed(process.execPath, [cli, 'build', '-f', 'bare.pb', 'empty']);
    const bare = [llb(), llb()];
    const row = (what: string, ourTime = 0, nixTime = 0, bareTime = 0): Figure => ({
      name: `derivations: ${shape} of ${count}, ${what}`,
      value: amount(ourTime, 'ms'),
      note:
        `nix: ${amount(nixTime, 'ms')}; bare exec ops: ${amount(bareTime, 'ms')}; ` +
        `${amount((ourTime - bareTime) / count, 'ms')} more for each than bare`,
    });
    return [
      row('cold', own[0], theirs[0], bare[0]),
      // The second time remembers reports and checks them by a step that the third finds cached.
      row('cached', own[2], theirs[1], bare[1]),
    ];
  } finally {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Real closures of Guix, which are drawn though not built. */
async function compileFigures(name: string): Promise<readonly Figure[]> {
  const archive = join(closures, `${name}.drvs.tar.xz`);
  if (!existsSync(archive)) return [{ name: `closure of ${name}`, value: 'skipped' }];
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-bench-'));
  try {
    execFileSync('tar', ['-xJf', archive, '-C', folder]);
    return await bundled(join(__dirname, 'closure-run.ts'), [], [join(folder, 'gnu/store'), name]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

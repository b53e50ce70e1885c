/**
 * `npm run bench`: the figures that users feel, measured on the bundles of the last build.
 *
 * Parts that need what is not here are named as skipped. `npm run bench -- NAME…` runs only these;
 * `transfer:ID` is one row of a part.
 */
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import { buildkits, environmentFor } from '../env/context';
import { contextTransfer } from './context-transfer';
import { activation } from './activation';
import { compiler } from './compiler';
import { cycleFigures } from './debug-cycles';
import { crossings } from './crossings';
import { debuggerBeside } from './debugger-beside';
import { derivationFigures } from './derivations';
import { bundled } from './bundled';
import { graphPage } from './graph-page';
import { languageServers } from './language-servers';
import { layerFigures } from './layers';
import { layout } from './layout';
import { printFigures, type Figure } from './report';
import { shellPrompt } from './shell-prompt';
import { sizes } from './sizes';
import { startTimes } from './start-times';

const root = resolve(__dirname, '../..');
const dist = join(root, 'dist');
const packages = ['vsix', 'tgz'].map((kind) => join(root, `llb-lens-${version}.${kind}`));

const [buildkit] = buildkits();
const env = buildkit === undefined ? undefined : environmentFor(buildkit);
const needsBuildkit = (name: string): Figure[] => [
  { name, value: 'skipped', note: 'no BuildKit: npm run env:up' },
];

/** Figures all at once, or one after the other as they come. */
type Figures = Iterable<Figure> | Promise<readonly Figure[]>;

/** @param rows of a part, by id; empty for all */
const parts: Readonly<Record<string, (rows: readonly string[]) => Figures>> = {
  dockerfile: () => compiler(root),
  keystroke: () => bundled(join(__dirname, 'keystroke.ts')),
  memory: () => bundled(join(__dirname, 'many-edits.ts'), ['--expose-gc']),
  layers: () => (env === undefined ? needsBuildkit('layers of 100,000 files') : layerFigures(env)),
  layout: () => layout(root),
  crossings,
  graph: graphPage,
  start: () => startTimes(dist),
  activation: () => activation(packages[0] ?? '', env ?? process.env),
  shell: () =>
    env === undefined ? needsBuildkit('failure → shell prompt') : shellPrompt(dist, env),
  beside: () =>
    env === undefined ? needsBuildkit('debugger beside buildx') : debuggerBeside(dist, env),
  cycles: () =>
    env === undefined ? needsBuildkit('debug sessions in a row') : cycleFigures(dist, env),
  transfer: (rows) =>
    env === undefined
      ? needsBuildkit('context transfer')
      : contextTransfer({ cli: join(dist, 'cli.js'), env }, rows),
  nix: (rows) =>
    buildkit === undefined
      ? needsBuildkit('derivations beside Nix')
      : derivationFigures(dist, buildkit, rows),
  lsp: () => languageServers(root),
  sizes: () => sizes(dist, packages),
};

async function main(wanted: readonly string[]): Promise<void> {
  if (!existsSync(dist)) throw new Error(`${dist} is missing: run npm run build first`);
  console.log(
    `Node ${process.version}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1) ?? '?'}` +
      (buildkit === undefined ? '' : `, BuildKit ${buildkit.name} ${buildkit.version}`),
  );
  for (const [name, run] of Object.entries(parts)) {
    const rows = wanted.flatMap((one) =>
      one.startsWith(`${name}:`) ? [one.slice(name.length + 1)] : [],
    );
    if (wanted.length > 0 && !wanted.includes(name) && rows.length === 0) continue;
    const figures = await run(rows);
    if (Array.isArray(figures)) printFigures(figures);
    else for (const figure of figures) printFigures([figure]);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/**
 * `npm run build` and `npm run watch`: generates the protocol's types, then bundles into `dist/`.
 *
 * Flags: `--watch` rebuilds on change, `--dev` leaves the code readable with source maps beside it
 * (implied by `--watch`).
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build, context, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import {
  browserExtensionEntries,
  browserServerEntries,
  copies,
  extensionEntries,
  nodeEntries,
  webviewEntries,
  type Copy,
  type Entry,
} from './bundles';
import { checkLicences, noticesText, packagesOf } from './licences';
import { outputFiles } from './output-files';
import { splitCjs } from './split-cjs';

const root = resolve(__dirname, '../..');
const dist = join(root, 'dist');
const watch = process.argv.includes('--watch');
const dev = watch || process.argv.includes('--dev');

/** Says before and after each rebuild of `--watch` what happens, in the words tasks.json waits for. */
const announce = (name: string): Plugin => ({
  name: 'announce',
  setup(build) {
    build.onStart(() => console.log(`building ${name}`));
    build.onEnd(({ errors }) => console.log(`built ${name}, ${errors.length} errors`));
  },
});

const common: BuildOptions = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  metafile: true,
  minify: !dev,
  legalComments: 'none',
  logLevel: 'warning',
};

const node: BuildOptions = {
  ...common,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
};

const browser: BuildOptions = {
  ...common,
  platform: 'browser',
  target: 'chrome120',
  sourcemap: dev ? 'linked' : false,
};

function groups(): { name: string; entries: readonly Entry[]; options: BuildOptions }[] {
  return [
    {
      name: 'node',
      entries: nodeEntries,
      options: {
        ...node,
        format: 'esm',
        splitting: true,
        write: false,
        chunkNames: 'chunk-[hash]',
        sourcemap: dev ? 'inline' : false,
        plugins: [
          splitCjs({ outdir: dist, minify: !dev, sourcemap: dev }),
          ...(watch ? [announce('node')] : []),
        ],
      },
    },
    {
      name: 'extension',
      entries: extensionEntries,
      options: {
        ...node,
        format: 'cjs',
        external: ['vscode'],
        sourcemap: dev ? 'linked' : false,
        plugins: watch ? [announce('extension')] : [],
      },
    },
    {
      name: 'webview',
      entries: webviewEntries,
      options: {
        ...browser,
        format: 'iife',
        plugins: watch ? [announce('webview')] : [],
      },
    },
    {
      name: 'browser extension',
      entries: browserExtensionEntries,
      options: {
        ...browser,
        format: 'cjs',
        external: ['vscode'],
        plugins: watch ? [announce('browser extension')] : [],
      },
    },
    {
      name: 'browser server',
      entries: browserServerEntries,
      options: {
        ...browser,
        format: 'iife',
        plugins: watch ? [announce('browser server')] : [],
      },
    },
  ];
}

/** Runs proto/generate.ts; it decides itself whether there is anything to do. */
function generate(): void {
  const script = join(root, 'proto/generate.ts');
  const run = spawnSync(process.execPath, ['--import', 'tsx', script], {
    cwd: root,
    stdio: 'inherit',
  });
  if (run.status !== 0) throw new Error(`${script} failed`);
}

function existing<T extends Entry | Copy>(entries: readonly T[], missing: string[]): T[] {
  return entries.filter(({ source }) => {
    if (existsSync(join(root, source))) return true;
    missing.push(source);
    return false;
  });
}

/** What really went into the output files: inputs that tree shaking left no byte of are not there. */
function shippedInputs(metafiles: readonly Metafile[]): Set<string> {
  const inputs = new Set<string>();
  for (const { outputs } of metafiles) {
    for (const output of Object.values(outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
        if (bytesInOutput > 0) inputs.add(input);
      }
    }
  }
  return inputs;
}

function writeNotices(metafiles: readonly Metafile[]): void {
  const copied = copies.map(({ source }) => source).filter((path) => existsSync(join(root, path)));
  const packages = packagesOf([...shippedInputs(metafiles), ...copied], root);
  checkLicences(packages);
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), noticesText(packages));
}

/**
 * Removes what earlier builds left. It runs last, so that a process started from `dist/` during a
 * build finds its chunks.
 */
function removeOthers(files: ReadonlySet<string>): void {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (entry.isFile() && !files.has(path)) rmSync(join(root, path));
  }
}

function printSizes(files: readonly string[]): void {
  for (const path of files) {
    const { size } = statSync(join(root, path));
    console.log(`${(size / 1024).toFixed(1).padStart(8)} kB  ${path}`);
  }
}

async function main(): Promise<void> {
  const missing: string[] = [];
  const failed: string[] = [];
  mkdirSync(dist, { recursive: true });
  generate();

  const metafiles: Metafile[] = [];
  for (const group of groups()) {
    const entryPoints = existing(group.entries, missing).map(({ source, output }) => ({
      in: join(root, source),
      out: output,
    }));
    if (entryPoints.length === 0) continue;
    const options = { ...group.options, entryPoints };
    if (watch) {
      const builder = await context(options);
      await builder.watch();
      continue;
    }
    try {
      const { metafile } = await build(options);
      if (metafile !== undefined) metafiles.push(metafile);
    } catch {
      // esbuild has printed the errors; the other bundles are built all the same.
      failed.push(group.name);
    }
  }

  for (const { source, output } of existing(copies, missing)) {
    mkdirSync(dirname(join(dist, output)), { recursive: true });
    copyFileSync(join(root, source), join(dist, output));
  }
  if (!watch && failed.length === 0) {
    writeNotices(metafiles);
    const files = outputFiles(metafiles, dev).filter((path) => existsSync(join(root, path)));
    removeOthers(new Set(files));
    printSizes(files);
  }
  for (const source of missing) console.error(`build: entry ${source} does not exist`);
  for (const name of failed) console.error(`build: the ${name} bundles failed`);
  if (missing.length + failed.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

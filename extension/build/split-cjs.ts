/**
 * Shared chunks for CommonJS bundles.
 *
 * esbuild splits common code only when it writes ES modules, but the editor's extension host and
 * the oldest Node we support want CommonJS. So the bundle is written as split ES modules in memory
 * and each file is turned into CommonJS on its way to the disk; `import()` becomes a lazy
 * `require`. All files lie side by side, so `__dirname` is `dist/` in every one of them.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { transform, type OutputFile, type Plugin } from 'esbuild';
import { commands } from './bundles';

const SHEBANG = '#!/usr/bin/env node\n';

export type SplitOptions = {
  readonly outdir: string;
  readonly minify: boolean;
  readonly sourcemap: boolean;
};

/** Writes the outputs of a `write: false`, `format: 'esm'`, `splitting: true` build as CommonJS. */
export function splitCjs(options: SplitOptions): Plugin {
  return {
    name: 'split-cjs',
    setup(build) {
      build.onEnd(async (result) => {
        const files = result.errors.length === 0 ? (result.outputFiles ?? []) : [];
        const scripts = files.filter((file) => file.path.endsWith('.js'));
        await Promise.all(scripts.map((file) => writeScript(file, options)));
      });
    },
  };
}

async function writeScript(file: OutputFile, options: SplitOptions): Promise<void> {
  const name = relative(options.outdir, file.path).split(sep).join('/');
  const { code, map } = await transform(file.text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: options.minify,
    sourcemap: options.sourcemap ? 'external' : false,
    sourcefile: name,
    supported: { 'dynamic-import': false },
  });
  const isCommand = commands.has(name);
  const link = options.sourcemap ? `//# sourceMappingURL=${name}.map\n` : '';
  await mkdir(dirname(file.path), { recursive: true });
  await writeFile(file.path, (isCommand ? SHEBANG : '') + code + link);
  if (isCommand) await chmod(file.path, 0o755);
  if (options.sourcemap) await writeFile(`${file.path}.map`, shifted(map, isCommand));
}

/** A `#!` line moves every mapping down by one line; `;` is an empty line of a source map. */
function shifted(map: string, byOneLine: boolean): string {
  return byOneLine ? map.replace('"mappings": "', '"mappings": ";') : map;
}

/**
 * `llb-lens drv`: derivations as LLB, their paths recomputed from what they contain, or built.
 */
import { basename } from 'node:path';
import {
  closurePaths,
  type Closure,
  type CompiledClosure,
  compileClosure,
  baseName,
  linesOf,
  textOf,
} from '../../language-server/derivation';
import { platformOfSystem } from '../../language-server/derivation/compile/systems';
import { definitionJson } from '../../language-server/dockerfile';
import { toolsImage } from '../engine/derivation/tools-image';
import { openDerivations, type OpenedClosure } from '../../language-server/server/store-reader';
import { placedProblem } from '../engine/derivation/refusal';
import * as ops from '../../proto/generated/ops';
import { definitionToPb } from '../../proto/model/unmarshal';
import type { CacheFlags } from './cache-options';
import { asFiles } from './drv-files';
import { definitionsText } from './graph-text';
import type { GraphFormat } from '../../webview/picture/export';
import type { Console } from './console';
import { buildDerivations, printLogs, type EachFlags } from './drv-build';
import { printWays } from './drv-why';
import { CliError, ExitCode, type Place, placeText } from './exit-code';
import { type ImageFlags, openImages } from './images';

export type DrvFlags = ImageFlags &
  CacheFlags &
  EachFlags & {
    /** Where inputs lie besides the files' own folders. */
    readonly storeDir?: string;
    readonly paths: boolean;
    /** What is in the closure for a reason that is asked for. */
    readonly why?: string;
    readonly full: boolean;
    readonly build: boolean;
    readonly log: boolean;
    readonly session?: string;
    readonly format: 'json' | 'pb' | GraphFormat;
    readonly json: boolean;
    readonly cache?: string;
    readonly signKey?: string;
    readonly tools?: string;
    readonly toolsFolder?: string;
    readonly sandboxShell?: string;
  };

export async function drv(
  named: readonly string[],
  flags: DrvFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  if ([flags.build, flags.paths, flags.log].filter(Boolean).length > 1) {
    throw new CliError(ExitCode.usage, 'choose one of --paths, --build and --log');
  }
  const { paths, remove } = await asFiles(named);
  try {
    return await run(paths, flags, to, signal);
  } finally {
    await remove();
  }
}

async function run(
  paths: readonly string[],
  flags: DrvFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  if (flags.build) return buildDerivations(paths, flags, to, signal);
  if (flags.log) return printLogs(paths, flags, to, signal);
  const { storeDir } = flags;
  const opened = await openDerivations(paths, {
    signal,
    ...(storeDir === undefined ? {} : { storeDir }),
  });
  if (flags.paths) return printPaths(opened.closure, to);
  if (flags.why !== undefined) return printWays(opened.closure, flags.why, to);
  const [unreadable, ...others] = unreadableIn(opened.closure);
  if (unreadable !== undefined) {
    for (const { place, message } of others) await to.note(`${placeText(place)}: ${message}`);
    throw new CliError(ExitCode.failed, unreadable.message, { place: unreadable.place });
  }
  const compiled = await compiledClosure(opened.closure, flags, to, signal);
  return print(compiled, opened, flags, paths.map((path) => basename(path)).join(', '), to);
}

/** What ends the reading of derivations, and where. */
function unreadableIn({ derivations }: Closure): { readonly place: Place; message: string }[] {
  return [...derivations.values()].flatMap(({ path, bytes, derivation, errors }) =>
    derivation === undefined
      ? errors
          .filter(({ kind }) => kind === 'syntax')
          .map(({ start, message }) => {
            const { line, character } = linesOf(bytes).position(start);
            const file = textOf(baseName(path));
            return { place: { file, line: line + 1, column: character + 1 }, message };
          })
      : [],
  );
}

/** One line per derivation: `{"drv": path, "outputs": {name: path}}`. */
async function printPaths(closure: Closure, to: Console): Promise<number> {
  for (const { drv: path, outputs } of closurePaths(closure)) {
    const named: Record<string, string> = {};
    for (const [name, output] of Object.entries(outputs)) named[textOf(name)] = textOf(output);
    await to.out(`${JSON.stringify({ drv: textOf(path), outputs: named })}\n`);
  }
  const unreadable = unreadableIn(closure);
  for (const { place, message } of unreadable) await to.note(`${placeText(place)}: ${message}`);
  const [missing] = closure.missing;
  if (missing !== undefined) {
    await to.note(
      `${textOf(missing)} is not there, so the paths of what needs it are not known. ` +
        'Name the folder that has it: --store-dir.',
    );
  }
  return unreadable.length > 0 || missing !== undefined ? ExitCode.failed : ExitCode.good;
}

async function compiledClosure(
  closure: Closure,
  flags: DrvFlags,
  to: Console,
  signal: AbortSignal,
): Promise<CompiledClosure> {
  const platform = platformOf(closure);
  const images = await openImages(flags, to, signal);
  try {
    const { note, ...shell } = await toolsImage(
      flags.tools,
      process.env,
      images.resolver,
      platform,
    );
    if (note !== undefined) await to.note(note);
    return compileClosure(closure, {
      ...(flags.session === undefined ? {} : { sessionId: flags.session }),
      shell,
      platforms: [platform],
    });
  } finally {
    await images.close();
  }
}

/** The platform that the first derivation with a known system is for. */
function platformOf(closure: Closure) {
  for (const { derivation } of closure.derivations.values()) {
    const platform = derivation === undefined ? undefined : platformOfSystem(derivation.system);
    if (platform !== undefined) return platform;
  }
  return { os: 'linux', architecture: 'amd64' };
}

async function print(
  compiled: CompiledClosure,
  opened: OpenedClosure,
  flags: DrvFlags,
  title: string,
  to: Console,
): Promise<number> {
  const { definition, problems, buildable, outputs } = compiled;
  for (const problem of problems) {
    const message = `${problem.severity}: ${problem.message}`;
    await to.note(placedProblem({ ...problem, message }, opened));
  }
  if (flags.format !== 'pb' && flags.format !== 'json') {
    const { groups } = compiled;
    const all = definition === undefined ? [] : [definition];
    await to.out(definitionsText(all, flags.format, title, { groups }, flags.full));
  } else if (flags.format === 'pb' && !flags.json) {
    if (definition !== undefined && buildable) {
      await to.out(ops.Definition.encode(definitionToPb(definition)));
    }
  } else {
    const report = {
      ops: definition === undefined ? [] : definitionJson(definition),
      outputs: outputs.map(({ drv: path, name, path: output, digest, index, selector }) => ({
        drv: textOf(path),
        name: textOf(name),
        path: textOf(output),
        digest,
        index,
        selector,
      })),
      buildable,
    };
    await to.out(`${JSON.stringify(report, undefined, 2)}\n`);
  }
  return buildable ? ExitCode.good : ExitCode.failed;
}

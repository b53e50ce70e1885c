/** `llb-lens llb`: a Dockerfile as LLB, as JSON or as the bytes that `buildctl build` reads. */
import { basename, dirname, resolve } from 'node:path';
import {
  type BatchOptions,
  type BuildError,
  compile,
  type CompileResult,
  parse,
} from '../../language-server/dockerfile';
import * as ops from '../../proto/generated/ops';
import type { GraphGroup } from '../../proto/model/build-graph';
import type { Digest } from '../../proto/model/digest';
import { definitionToPb } from '../../proto/model/unmarshal';
import { compileOptions } from '../engine/input/compile-options';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { parseProfile, ProfileError } from '../engine/profile/profile';
import { isGraphFormat, type GraphFormat } from '../../webview/picture/export';
import { isRemoteContext } from '../../language-server/dockerfile-options';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { frontendOptions } from './frontend-options';
import { definitionsText } from './graph-text';
import { type ImageFlags, openImages } from './images';
import { readInput, STDIN } from './input-file';
import { batch } from './llb-batch';
import { llbReport } from './llb-report';
import { type ProfileFlags, profileOf } from './profile-options';

export type LlbFlags = ProfileFlags &
  ImageFlags & {
    readonly format: 'json' | 'pb' | GraphFormat;
    readonly session?: string;
    readonly batch: boolean;
    readonly full: boolean;
    readonly json: boolean;
  };

export async function llb(
  file: string | undefined,
  flags: LlbFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  if (flags.batch) {
    if (file !== undefined) throw usage('--batch reads its cases from stdin and takes no file');
    return batch(flags, to, signal);
  }
  if (file === undefined) throw usage('name the Dockerfile to compile, or - for stdin');
  const source = await readInput(file);
  const options = await optionsFor(file, flags);
  const images = await openImages(flags, to, signal, options);
  try {
    const result = await compile(
      parse(source),
      { ...options, disableCaps: [...(options.disableCaps ?? []), ...images.disableCaps] },
      images.resolver,
    );
    return await print(file, result, flags, to);
  } finally {
    await images.close();
  }
}

async function print(
  file: string,
  result: CompileResult,
  flags: LlbFlags,
  to: Console,
): Promise<number> {
  if (flags.format === 'pb' && !flags.json) {
    const [only, ...more] = result.results;
    if (result.error === undefined && only !== undefined && more.length > 0) {
      throw usage('--format pb holds one definition; choose one of the platforms with --platform');
    }
    if (only !== undefined) {
      await to.out(ops.Definition.encode(definitionToPb(only.definition)));
    }
  } else if (isGraphFormat(flags.format) && !flags.json) {
    await to.out(graphOf(result, flags.format, file, flags.full));
  } else {
    await to.out(`${JSON.stringify(llbReport(result), undefined, 2)}\n`);
  }
  for (const { message } of result.unsupported) await to.note(`${file}: note: ${message}`);
  if (result.error !== undefined) throw compileError(file, result.error);
  return result.unsupported.length > 0 ? ExitCode.failed : ExitCode.good;
}

function graphOf(
  { results }: CompileResult,
  format: GraphFormat,
  file: string,
  whole: boolean,
): string {
  const groups = new Map<Digest, GraphGroup>();
  const uncertain = new Set<Digest>();
  for (const { origins } of results) {
    for (const [digest, origin] of origins) {
      if (origin.group !== undefined) groups.set(digest, { ...origin.group, kind: 'stage' });
      if (origin.uncertain) uncertain.add(digest);
    }
  }
  const definitions = results.map(({ definition }) => definition);
  return definitionsText(definitions, format, basename(file), { groups, uncertain }, whole);
}

/** Keys of options.json that a build profile has no word for, or has only part of the values. */
const frontendKeys: ReadonlySet<string> = new Set([
  ...['channel', 'filename', 'buildPlatforms', 'contextUrl', 'contextSubdir', 'contextArchive'],
  ...['networkMode', 'imageResolveMode', 'multiPlatform', 'resources', 'dockerignore'],
  ...['dockerfileIgnore', 'localIgnore', 'inputs', 'sourceMeta', 'session', 'disableCaps'],
  ...['frontendOpts', 'noForward', 'images', 'missingImages'],
]);

/** The compiler's options: a profile's, and over them those that only the frontend knows. */
async function optionsFor(path: string, flags: LlbFlags): Promise<BatchOptions> {
  const entries = Object.entries(profileOf(flags));
  const profile = profileFrom(
    Object.fromEntries(
      entries
        .filter(([key]) => !frontendKeys.has(key))
        // A frontend counts bytes where a profile writes sizes for people.
        .map(([key, value]) => [key, key === 'shmSize' ? String(value) : value]),
    ),
  );
  const frontend = entries.filter(
    ([key, value]) => frontendKeys.has(key) && !(isMode(key) && value === 'default'),
  );
  const file = resolve(path === STDIN ? 'Dockerfile' : path);
  const context = profile.context ?? dirname(file);
  return {
    ...(await compileOptions(profile, {
      file,
      context: isRemoteContext(context) ? context : resolve(context),
    })),
    ...frontendOptions(Object.fromEntries(frontend)),
    ...(flags.session === undefined ? {} : { session: flags.session }),
  };
}

const isMode = (key: string): boolean => key === 'networkMode' || key === 'imageResolveMode';

function profileFrom(value: unknown): BuildProfile {
  try {
    return parseProfile(value);
  } catch (error) {
    throw error instanceof ProfileError ? usage(error.message) : error;
  }
}

function compileError(file: string, { message, locations }: BuildError): CliError {
  const line = locations.find((lines) => lines !== undefined)?.first;
  return new CliError(ExitCode.failed, message, {
    place: { file, ...(line === undefined ? {} : { line }) },
  });
}

function usage(message: string): CliError {
  return new CliError(ExitCode.usage, message);
}

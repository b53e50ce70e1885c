/** `llb-lens build`: runs one build, with progress on stderr and what was made on stdout. */
import { rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { buildPlace } from '../../proto/client/builders/build-place';
import type { PreparedSession } from '../../proto/client/session/start';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { callFrontend } from '../engine/job/call-frontend';
import { isDownload } from '../engine/job/download-dockerfile';
import { provenanceDetail } from '../engine/history/recorded-provenance';
import { runBuild, type RunEnd } from '../engine/job/run-build';
import type { Console } from './console';
import { type BuildFlags, ignoredFlags } from './docker-build/build-flags';
import { callMethod, callReport, type CallMethod } from './docker-build/call';
import { buildProfile, writesToStdout } from './docker-build/profile';
import { imageId, metadataOf, writeWhole } from './docker-build/results';
import { remoteFile } from './docker-build/remote-file';
import { standardInput, type StandardInput } from './docker-build/standard-input';
import { wantsWarnings, Warnings } from './docker-build/warnings';
import { CliError, ExitCode } from './exit-code';
import { progressDisplay } from './progress/display';

/** @param thread is to serve the build's files; the caller lets it go */
export async function build(
  context: string | undefined,
  flags: BuildFlags,
  thread: PreparedSession,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  for (const note of ignoredFlags(flags)) await to.note(note);
  const method = callMethod(flags.check ? 'check' : flags.call);
  const input = await inputOf(context, flags, signal);
  try {
    const profile = await buildProfile(
      input.context ?? context,
      { ...flags, ...(input.file === undefined ? {} : { file: input.file }) },
      process.env,
    );
    return method === undefined
      ? await runAndReport(profile, input, flags, thread, to, signal)
      : await callAndReport(method, profile, input, flags, thread, to, signal);
  } finally {
    input.clean();
  }
}

/** What does not lie on disk as it is named: standard input, a Dockerfile at an address. */
async function inputOf(
  context: string | undefined,
  flags: BuildFlags,
  signal: AbortSignal,
): Promise<StandardInput> {
  const { file } = flags;
  const standard = standardInput(context, file);
  if (file === undefined || !isDownload(file)) return standard;
  const remote = await remoteFile(file, flags, signal);
  return {
    ...standard,
    ...remote,
    clean: () => {
      standard.clean();
      remote.clean();
    },
  };
}

async function runAndReport(
  profile: LaunchAttributes,
  { uploads, file: ownFile, called }: StandardInput,
  flags: BuildFlags,
  thread: PreparedSession,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const { iidfile, metadataFile } = flags;
  const local = profile.outputs?.some((text) => /(^|,)type=(local|tar)\b/.test(text)) ?? false;
  if (iidfile !== undefined && local) {
    throw new CliError(ExitCode.usage, '--iidfile needs an image; local and tar outputs are none');
  }
  // A build that fails must not leave the last one's id behind.
  if (iidfile !== undefined) await rm(iidfile, { force: true });
  const display = progressDisplay(flags, to);
  const warnings = new Warnings();
  const warned = metadataFile !== undefined && wantsWarnings(process.env);
  let end: RunEnd;
  try {
    end = await runBuild({
      profile,
      cwd: process.cwd(),
      env: process.env,
      signal,
      thread,
      load: true,
      events: warned ? warnings.taken(display.events) : display.events,
      ...(metadataFile === undefined
        ? {}
        : { provenance: provenanceDetail(process.env['BUILDX_METADATA_PROVENANCE']) }),
      ...(uploads === undefined ? {} : { uploads }),
    });
  } finally {
    await display.end();
  }
  if (end.outcome === 'failed') {
    const { place } = end;
    const own = place !== undefined && place.file === ownFile ? called : undefined;
    throw buildError(end, own);
  }
  if (end.outcome === 'cancelled') {
    if (flags.json)
      await to.out(`${JSON.stringify({ outcome: end.outcome, exported: {} }, undefined, 2)}\n`);
    return ExitCode.interrupted;
  }
  const id = imageId(end.exported);
  if (iidfile !== undefined) await writeWhole(iidfile, id ?? '');
  if (metadataFile !== undefined) {
    const place = await buildPlace(profile.builder, end.address, process.env);
    const ref = place === undefined ? end.buildId : `${place}/${end.buildId}`;
    const metadata = metadataOf(new Map([...end.exported, ['buildx.build.ref', ref]]));
    const all = { ...metadata, ...warnings.metadata };
    await writeWhole(metadataFile, JSON.stringify(all, undefined, 2));
  }
  if (flags.json) {
    const exported = Object.fromEntries(end.exported);
    await to.out(`${JSON.stringify({ outcome: end.outcome, exported }, undefined, 2)}\n`);
  } else if (!writesToStdout(profile)) {
    const printed = flags.quiet ? id : end.exported.get('containerimage.digest');
    if (printed !== undefined) await to.out(`${printed}\n`);
  }
  return ExitCode.good;
}

async function callAndReport(
  method: CallMethod,
  profile: LaunchAttributes,
  { uploads, called }: StandardInput,
  flags: BuildFlags,
  thread: PreparedSession,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const display = progressDisplay(flags, to);
  try {
    const answer = await callFrontend({
      profile,
      method: method.name,
      cwd: process.cwd(),
      env: process.env,
      events: display.events,
      signal,
      thread,
      ...(uploads === undefined ? {} : { uploads }),
    });
    await display.end();
    if (flags.metadataFile !== undefined) {
      await writeWhole(flags.metadataFile, JSON.stringify(metadataOf(answer), undefined, 2));
    }
    const { file, context = '' } = profile;
    const named = called ?? file ?? join(context, 'Dockerfile');
    const { text, exitCode } = callReport(method, answer, named);
    await to.out(text);
    return exitCode;
  } finally {
    await display.end();
  }
}

/** The engine's events when only the progress text is wanted. */
export function progressTo(to: Console, quiet = false) {
  return {
    output: (text: string) => {
      if (!quiet) void to.progress(text);
    },
  };
}

/**
 * What failed, and where; the place is told as the user sees it from here.
 * @param called what the user calls the file, where that is not its path
 */
export function buildError(
  { message = 'the build failed', place }: RunEnd,
  called?: string,
): CliError {
  if (place === undefined) return new CliError(ExitCode.failed, message);
  const { file, line, excerpt } = place;
  return new CliError(ExitCode.failed, message, {
    place: { file: called ?? fromHere(file), line },
    ...(excerpt === undefined ? {} : { excerpt }),
  });
}

/** Relative where the file lies below the working folder, else absolute. */
function fromHere(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

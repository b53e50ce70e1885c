/** From launch attributes to an open job: the part of a launch that can be refused. */
import { dirname, resolve } from 'node:path';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import type { PreparedSession } from '../../proto/client/session/start';
import type { BuildInput } from '../engine/input/build-input';
import type { BuildJob } from '../engine/job/build-job';
import { bakeProfile } from '../engine/profile/bake';
import { historyProfile } from '../engine/profile/history-profile';
import { inputFor } from '../engine/input/input-for';
import { parseProfile, type ResolvedProfile, resolveProfile } from '../engine/profile/profile';
import { type Program, programOf } from '../engine/debug/program';
import { nodesFor } from '../engine/job/run-build';
import { startJob } from '../engine/job/start-job';
import { defaultTools, Toolbox, toolsDirectory } from '../engine/shell/toolbox';
import { RequestError } from './connection';
import { LogPlaces } from './log-places';
import type { LiveBuild } from './live-build';
import type { Narrator } from './narrator';
import { NodesRun } from './nodes-run';

/** Editors' texts that are not saved, by file. */
export class UnsavedTexts {
  private readonly texts = new Map<string, { readonly text: string; readonly version: number }>();

  set(path: string, text: string, version: number): void {
    this.texts.set(resolve(path), { text, version });
  }

  get(path: string) {
    return this.texts.get(resolve(path));
  }
}

export type Launched = Omit<LiveBuild, 'walks'> & { readonly kind: 'job' };

/** A Run that no single node of its builder can do. */
export type LaunchedRun = { readonly kind: 'nodes'; readonly run: NodesRun };

export type LaunchOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly unsaved: UnsavedTexts;
  readonly narrator: Narrator;
  /** Told when BuildKit goes away, whatever is being done. */
  readonly lost: (error: unknown) => void;
  /** Hands over the thread that is to serve local files, where one was started already. */
  readonly thread: () => PreparedSession | undefined;
  /**
   * The statements our own compiler sees, as soon as they are known; none for a build that only
   * runs. The client may be asked for its breakpoints from now on.
   */
  readonly preview: (program: Program | undefined) => void;
};

/**
 * Opens the job; nothing of it has run yet.
 * @throws ProfileError, RequestError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function launchJob(
  args: unknown,
  options: LaunchOptions,
): Promise<Launched | LaunchedRun> {
  const { env, cwd, signal, thread, unsaved, narrator } = options;
  const attributes = await completed(parseProfile(args), options);
  const { profile, input } = await reaching(attributes, options);
  const print = logPrinter(profile, options);
  const refusal = input.refusal?.();
  if (refusal !== undefined) throw new RequestError(refusal);
  if (attributes.noDebug === true) {
    const shares = await nodesFor(profile, options);
    if (shares.length > 1) {
      options.preview(undefined);
      return {
        kind: 'nodes',
        run: new NodesRun({ ...options, print, attributes, profile, shares }),
      };
    }
  }
  const folder = attributes.toolsFolder;
  // The builder is dialled while our own compiler looks at the text.
  const starting = startJob({
    profile,
    input,
    env,
    cwd,
    signal,
    thread: thread(),
    ...(folder === undefined ? {} : { directories: { [toolsDirectory]: resolve(cwd, folder) } }),
    events: {
      graph: (graph, made) => {
        const version = unsaved.get(made.input.path)?.version;
        narrator.graph(made.id, graph, made.input, version);
      },
      patch: (patch, id) => narrator.patch(patch, id),
      output: print,
      lost: options.lost,
    },
  });
  const job = await unlessRefused(starting, show(input, attributes, options));
  const toolbox = new Toolbox(
    folder === undefined
      ? { kind: 'image', ref: attributes.tools ?? defaultTools }
      : { kind: 'folder' },
  );
  return { kind: 'job', attributes, profile, input, job, toolbox };
}

/**
 * What is to be built, with a target that runs the line to stop at: a stage that the chosen target
 * does not need becomes the target itself.
 */
async function reaching(
  attributes: LaunchAttributes,
  { cwd, unsaved, narrator }: LaunchOptions,
): Promise<{ readonly profile: ResolvedProfile; readonly input: BuildInput }> {
  const profile = await resolveProfile(attributes, cwd);
  const text = unsaved.get(profile.source.file)?.text;
  const input = await inputFor(profile, text);
  const { stopAt } = attributes;
  if (stopAt === undefined) return { profile, input };
  const sections = input.outline()?.sections ?? [];
  const index = sections.findIndex(({ statements }) =>
    statements.some(({ firstLine, lastLine }) => firstLine <= stopAt && stopAt <= lastLine),
  );
  const section = sections[index];
  // BuildKit knows targets by the names that the file gives them, and by nothing else.
  const isNamed = section?.id === section?.name && section?.name !== `stage-${index}`;
  if (section === undefined || section.needed || !isNamed) return { profile, input };
  narrator.print(
    `The target does not need the stage ${section.name}; it is built instead.\n`,
    'console',
  );
  const other = { ...profile, target: section.name };
  return { profile: other, input: await inputFor(other, text) };
}

async function show(
  input: BuildInput,
  { noDebug = false }: LaunchAttributes,
  { preview }: LaunchOptions,
): Promise<void> {
  if (noDebug && input.refusal !== undefined) {
    preview(undefined);
    return;
  }
  const { results, refusal } = await input.preview();
  if (refusal !== undefined) throw new RequestError(refusal);
  preview(programOf(results, input));
}

/** Prints whole lines of a build's log; those that name a place in its files lead there. */
function logPrinter(
  { source }: ResolvedProfile,
  { cwd, narrator }: LaunchOptions,
): (lines: string) => void {
  const context = 'context' in source ? [source.context] : [];
  const places = new LogPlaces([...new Set([...context, dirname(source.file), cwd])]);
  return (lines) => {
    for (const { text, at } of places.pieces(lines)) narrator.print(text, 'stdout', at);
  };
}

/** The job, unless what goes on beside it fails; then it is ended again. */
async function unlessRefused(
  starting: Promise<BuildJob>,
  beside: Promise<void>,
): Promise<BuildJob> {
  const [job, shown] = await Promise.allSettled([starting, beside]);
  if (shown.status === 'rejected') {
    if (job.status === 'fulfilled') await job.value.cancel();
    throw shown.reason;
  }
  if (job.status === 'rejected') throw job.reason;
  return job.value;
}

/** Attributes that name a Bake target or a build of the past, with what that says filled in. */
async function completed(
  attributes: LaunchAttributes,
  { env, cwd, signal }: LaunchOptions,
): Promise<LaunchAttributes> {
  const { bake, history } = attributes;
  if (bake !== undefined) return { ...(await bakeProfile(bake, env, cwd, signal)), ...attributes };
  if (history !== undefined) {
    return { ...(await historyProfile(history, attributes.builder, env, signal)), ...attributes };
  }
  return attributes;
}

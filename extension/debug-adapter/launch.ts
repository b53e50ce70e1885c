/** From launch attributes to an open job: the part of a launch that can be refused. */
import { resolve } from 'node:path';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { bakeProfile } from '../engine/profile/bake';
import { historyProfile } from '../engine/profile/history-profile';
import { inputFor } from '../engine/input/input-for';
import { parseProfile, resolveProfile } from '../engine/profile/profile';
import { type Program, programOf } from '../engine/debug/program';
import { startJob } from '../engine/job/start-job';
import { defaultTools, Toolbox, toolsDirectory } from '../engine/shell/toolbox';
import { RequestError } from './connection';
import type { LiveBuild } from './live-build';
import type { Narrator } from './narrator';

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

export type Launched = Omit<LiveBuild, 'walks'>;

export type LaunchOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly unsaved: UnsavedTexts;
  readonly narrator: Narrator;
  /** The statements our own compiler sees, as soon as they are known. */
  readonly preview: (program: Program) => void;
};

/**
 * Opens the job; nothing of it has run yet.
 * @throws ProfileError, RequestError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function launchJob(args: unknown, options: LaunchOptions): Promise<Launched> {
  const { env, cwd, signal, unsaved, narrator } = options;
  const attributes = await completed(parseProfile(args), options);
  const profile = await resolveProfile(attributes, cwd);
  const text = unsaved.get(profile.source.file);
  const input = await inputFor(profile, text?.text);
  const { results, refusal } = await input.preview();
  if (refusal !== undefined) throw new RequestError(refusal);
  options.preview(programOf(results, input));
  const folder = attributes.toolsFolder;
  const job = await startJob({
    profile,
    input,
    env,
    cwd,
    signal,
    ...(folder === undefined ? {} : { directories: { [toolsDirectory]: resolve(cwd, folder) } }),
    events: {
      graph: (graph, made) => {
        const version = unsaved.get(made.input.path)?.version;
        narrator.graph(made.id, graph, made.input, version);
      },
      patch: (patch, id) => narrator.patch(patch, id),
      output: (lines) => narrator.print(lines, 'stdout'),
    },
  });
  const toolbox = new Toolbox(
    folder === undefined
      ? { kind: 'image', ref: attributes.tools ?? defaultTools }
      : { kind: 'folder' },
  );
  return { attributes, profile, input, job, toolbox };
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

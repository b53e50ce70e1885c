/** From launch attributes to an open job: the part of a launch that can be refused. */
import { resolve } from 'node:path';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import type { BuildInput } from '../engine/build-input';
import type { BuildJob } from '../engine/build-job';
import { inputFor } from '../engine/input-for';
import { parseProfile, resolveProfile } from '../engine/profile';
import { startJob } from '../engine/start-job';
import { stepsOf } from '../engine/steps';
import { type PlacedStep, placedSteps } from './breakpoints';
import { RequestError } from './connection';
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

export type Launched = {
  readonly attributes: LaunchAttributes;
  readonly input: BuildInput;
  readonly job: BuildJob;
};

export type LaunchOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly unsaved: UnsavedTexts;
  readonly narrator: Narrator;
  /** The steps our own compiler sees, as soon as they are known. */
  readonly preview: (steps: readonly PlacedStep[]) => void;
};

/**
 * Opens the job; nothing of it has run yet.
 * @throws ProfileError, RequestError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function launchJob(args: unknown, options: LaunchOptions): Promise<Launched> {
  const { env, cwd, signal, unsaved, narrator } = options;
  const attributes = parseProfile(args);
  const profile = await resolveProfile(attributes, cwd);
  const text = unsaved.get(profile.source.file);
  const input = await inputFor(profile, text?.text);
  const { definitions, refusal } = await input.preview();
  if (refusal !== undefined) throw new RequestError(refusal);
  options.preview(
    definitions.flatMap((definition) => placedSteps(stepsOf(definition), [definition], input)),
  );
  const job: BuildJob = await startJob({
    profile,
    input,
    env,
    cwd,
    signal,
    events: {
      graph: (graph) => narrator.graph(job.id, graph, input, text?.version),
      patch: (patch) => narrator.patch(job.id, patch),
      output: (lines) => narrator.print(lines, 'stdout'),
    },
  });
  return { attributes, input, job };
}

/** What the records of builds tell: predictions, times of the past, why steps ran. */
import { basename, dirname } from 'node:path';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { ConnectError } from '../../proto/client/connect-error';
import type { PastStep } from '../../proto/messages/language-server';
import type { BuildComparison, ComparedStep, PastRun } from '../../proto/messages/webview';
import { parseProfile } from '../engine/profile/profile';
import { chosenBuild, chosenBuilds, lastBuilds } from '../engine/records/last-builds';
import { pastRuns } from '../engine/records/past-runs';
import { pastSteps } from '../engine/records/past-steps';
import { isStep, predictionTotals } from '../engine/records/predict';
import { outlookOf, type Outlook } from '../engine/records/predict-build';
import { readBuildRecords } from '../engine/records/record-store';
import { Snapshots } from '../engine/records/snapshots';
import {
  type Differences,
  onlyWhatRan,
  whatDiffers,
  whyMissed,
} from '../engine/records/why-missed';
import type { VertexRecord } from '../engine/records/build-record';
import type { NodeState } from '../../proto/model/build-graph';
import { parseDigest } from '../../proto/model/digest';
import type { Builders } from './builders';
import type { Plans } from './plans';
import type {
  Explained,
  PlannedBuild,
  Predicted,
  RememberedBuild,
  ServiceRequests,
} from './protocol';

/** @throws ProfileError, BuildFailure, ConnectError, BuildkitError */
async function outlookFor(
  { builder, source, profile }: PlannedBuild,
  plans: Plans,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Outlook> {
  const parsed = parseProfile(profile);
  const named = parsed.file !== undefined || parsed.derivation !== undefined;
  const options = {
    profile: {
      ...parsed,
      ...(named ? {} : { file: source.path }),
      ...(builder === undefined ? {} : { builder }),
    },
    cwd: dirname(source.path),
    env,
    unsaved: source.text,
  };
  return outlookOf(await plans.of(source.path, options), signal);
}

/** @throws ProfileError, BuildFailure, ConnectError, BuildkitError */
export async function predictPlanned(
  planned: PlannedBuild,
  plans: Plans,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Predicted> {
  const { edited } = planned;
  const { predict } = await outlookFor(planned, plans, env, signal);
  const now = predict();
  const saved = edited === undefined ? now : predict([edited]);
  const outcomes = new Map(now.map(({ step, outcome }) => [step.neutral, outcome]));
  const onSave = saved.filter(
    ({ step, outcome }) =>
      outcome === 'run' && isStep(step) && outcomes.get(step.neutral) !== 'run',
  );
  const waiting = new Set(onSave.map(({ step }) => step.neutral));
  const { run, duration } = predictionTotals(onSave);
  return {
    totals: {
      ...predictionTotals(now),
      ...(edited === undefined || run === 0
        ? {}
        : {
            saving: {
              file: basename(edited),
              run,
              ...(duration === undefined ? {} : { duration }),
            },
          }),
    },
    steps: now.map(({ step, ...prediction }) => ({
      node: step.neutral,
      prediction: waiting.has(step.neutral) ? { ...prediction, onSave: true } : prediction,
    })),
  };
}

export async function timesOf({
  file,
  step,
}: ServiceRequests['record/times']['params']): Promise<readonly PastRun[]> {
  const neutral = parseDigest(step.node);
  if (neutral === undefined) return [];
  return pastRuns(await readBuildRecords(), file, { ...step, neutral });
}

/** Sizes are left out where the builder cannot be asked. */
export async function stepsOf(
  { file, builder }: ServiceRequests['record/steps']['params'],
  builders: Builders,
): Promise<readonly PastStep[]> {
  const records = await readBuildRecords();
  if (!records.some((record) => record.file === file)) return [];
  const usage = await builders
    .use(builder, ({ control }) => control.diskUsage({}))
    .catch((error: unknown) => {
      if (error instanceof ConnectError || error instanceof BuildkitError) return undefined;
      throw error;
    });
  const snapshots = new Snapshots(usage?.record ?? []);
  return pastSteps(records, file, (run) => snapshots.sizeOf(run));
}

/** The remembered builds of a file, the newest first. */
export async function buildsOf(file: string): Promise<readonly RememberedBuild[]> {
  const records = await readBuildRecords();
  return records
    .filter((record) => record.file === file)
    .map(({ buildId, finished, outcome, vertices }) => {
      const steps = vertices.filter(isStep);
      const count = (...states: readonly NodeState[]): number =>
        steps.filter(({ state }) => states.includes(state)).length;
      const [ran, cached] = [count('done', 'failed'), count('cached')];
      return { id: buildId, finished, outcome, ran, cached };
    });
}

/** The file that a remembered build was of. */
export async function fileOf(id: string): Promise<{ readonly file: string } | null> {
  const found = (await readBuildRecords()).find(({ buildId }) => buildId === id);
  return found === undefined ? null : { file: found.file };
}

/** @throws BuildFailure when the two builds are not remembered */
export async function whyBuilds({
  file,
  builds,
}: ServiceRequests['record/why']['params']): Promise<Explained> {
  const records = await readBuildRecords();
  const { before, after } =
    builds === undefined ? lastBuilds(records, file) : chosenBuilds(records, builds);
  const found = whyMissed(before, after);
  return explained(builds === undefined ? onlyWhatRan(found) : found, {
    earlier: before.finished,
    later: after.finished,
    cached: found.cached,
  });
}

/**
 * What the file as it is in the editor would build, beside a build of the past.
 * @throws ProfileError, BuildFailure, ConnectError, BuildkitError
 */
export async function compareWithNow(
  { earlier, ...planned }: ServiceRequests['record/compareWithNow']['params'],
  plans: Plans,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Explained> {
  const before = chosenBuild(await readBuildRecords(), earlier);
  const { steps, predict } = await outlookFor(planned, plans, env, signal);
  const { cached } = predictionTotals(predict());
  return explained(whatDiffers(before, steps), { earlier: before.finished, cached });
}

function explained(
  { differences, causes, removed }: Differences,
  figures: Pick<BuildComparison, 'earlier' | 'later' | 'cached'>,
): Explained {
  return {
    comparison: {
      ...figures,
      causes: causes.map(({ step, affected, ...cause }) => ({
        ...cause,
        step: compared(step),
        affected: affected.map(compared),
      })),
      removed: removed.map(({ name }) => name),
    },
    steps: differences.map(({ step, kind, reasons, root }) => ({
      node: step.neutral,
      kind,
      reasons,
      ...(root === undefined ? {} : { root: root.neutral }),
    })),
  };
}

const compared = ({ neutral, name }: VertexRecord): ComparedStep => ({ node: neutral, name });

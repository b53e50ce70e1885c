/** What the records of builds tell: predictions, times of the past, why steps ran. */
import { basename, dirname } from 'node:path';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { ConnectError } from '../../proto/client/connect-error';
import type { PastStep } from '../../proto/messages/language-server';
import type { ComparedStep, PastRun } from '../../proto/messages/webview';
import { parseProfile } from '../engine/profile/profile';
import { chosenBuilds, lastBuilds } from '../engine/records/last-builds';
import { pastRuns } from '../engine/records/past-runs';
import { pastSteps } from '../engine/records/past-steps';
import { isStep, predictionTotals } from '../engine/records/predict';
import { predictorOf } from '../engine/records/predict-build';
import { readBuildRecords } from '../engine/records/record-store';
import { Snapshots } from '../engine/records/snapshots';
import { onlyWhatRan, whyMissed } from '../engine/records/why-missed';
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
export async function predictPlanned(
  { builder, source, profile, edited }: PlannedBuild,
  plans: Plans,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Predicted> {
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
  const predict = await predictorOf(await plans.of(source.path, options), signal);
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
  return {
    comparison: {
      earlier: before.finished,
      later: after.finished,
      causes: (builds === undefined ? onlyWhatRan(found) : found).causes.map(
        ({ step, affected, ...cause }) => ({
          ...cause,
          step: compared(step),
          affected: affected.map(compared),
        }),
      ),
      removed: found.removed.map(({ name }) => name),
      cached: found.cached,
    },
    steps: found.differences.map(({ step, kind, reasons, root }) => ({
      node: step.neutral,
      kind,
      reasons,
      ...(root === undefined ? {} : { root: root.neutral }),
    })),
  };
}

const compared = ({ neutral, name }: VertexRecord): ComparedStep => ({ node: neutral, name });

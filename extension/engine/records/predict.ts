/**
 * What a build would do now: which steps its builder has the results of, and why the others run.
 *
 * A step is only called cached where a remembered build on the same builder had the very result, by
 * key, and the builder still keeps it. What nothing is known of is unknown.
 */
import type { NodePrediction, Reason, ReasonKind } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { OpKind } from '../../../proto/model/op';
import type { BuildMemory } from './build-memory';
import { durationOf, type VertexRecord } from './build-record';
import { type Comparison, compareSteps, type Steps } from './compare-steps';
import type { Snapshots } from './snapshots';

export type StepPrediction = NodePrediction & { readonly step: VertexRecord };

export type PredictionScope = {
  readonly definitions: readonly Definition[];
  /** The steps of the definitions, which have not run. */
  readonly steps: Steps;
  /** The file that is built; absolute. */
  readonly file: string;
  readonly memory: BuildMemory;
  /** Undefined where the builder does not tell. */
  readonly snapshots: Snapshots | undefined;
  /** Whether results may come from elsewhere, which nobody can know beforehand. */
  readonly importsCache: boolean;
};

/** In the order of the steps, inputs first. */
export function predict(scope: PredictionScope): readonly StepPrediction[] {
  const { definitions, steps, file, memory } = scope;
  const ops = new Map(definitions.flatMap(({ ops }) => ops).map((one) => [one.digest, one.op.op]));
  const last = memory.last(file);
  const comparison = last === undefined ? undefined : compareSteps(last, steps);
  const forced = uncachedOps(definitions);
  const running = new Set<Digest>();
  return steps.vertices.map((step) => {
    const op = ops.get(step.digest) ?? { kind: 'unknown' };
    const prediction = predictStep({ step, op, forced, running, comparison, ...scope });
    if (prediction.outcome === 'run' && step.kind !== 'local') running.add(step.neutral);
    return { step, ...prediction };
  });
}

type StepScope = PredictionScope & {
  readonly step: VertexRecord;
  readonly op: OpKind;
  readonly forced: ReadonlySet<Digest>;
  /** Neutral digests of what runs upstream. */
  readonly running: ReadonlySet<Digest>;
  readonly comparison: Comparison | undefined;
};

function predictStep(scope: StepScope): NodePrediction {
  const { step, op, forced, running, memory, snapshots, comparison, importsCache } = scope;
  if (step.kind === 'local') return { outcome: 'run' };
  const known = step.key === undefined ? undefined : memory.result(step.key);
  const before = comparison?.counterparts.get(step.neutral);
  const duration = known?.duration ?? (before === undefined ? undefined : durationOf(before));
  const timed = duration === undefined ? {} : { duration };
  if (forced.has(step.digest)) {
    return { outcome: 'run', ...timed, reasons: [plain('noCache')] };
  }
  if (known !== undefined) {
    if (snapshots?.has(known, step, op) === true) return { outcome: 'cached', ...timed };
    return { outcome: 'unknown', ...timed, reasons: [plain('notKept')] };
  }
  if (comparison === undefined) {
    return { outcome: 'unknown', reasons: [plain('neverBuilt')] };
  }
  if (importsCache) {
    return { outcome: 'unknown', ...timed, reasons: [plain('imported')] };
  }
  const difference = comparison.differences.find((one) => one.step.neutral === step.neutral);
  if (difference !== undefined) return { outcome: 'run', ...timed, reasons: difference.reasons };
  if (before?.state === 'failed') return { outcome: 'run', reasons: [plain('failed')] };
  if (step.inputs.some(({ digest }) => running.has(digest))) {
    return { outcome: 'run', ...timed, reasons: [plain('needsRunning')] };
  }
  return { outcome: 'unknown', ...timed, reasons: [plain('filesUnknown')] };
}

const plain = (kind: ReasonKind): Reason => ({ kind, values: [] });

/** What a build is told to run whatever the cache has. */
function uncachedOps(definitions: readonly Definition[]): ReadonlySet<Digest> {
  return new Set(
    definitions.flatMap(({ metadata }) =>
      [...metadata].flatMap(([digest, { ignoreCache }]) => (ignoreCache ? [digest] : [])),
    ),
  );
}

/** The figures of a prediction; sources are looked up in any case and do not count. */
export function predictionTotals(predictions: readonly StepPrediction[]): {
  readonly cached: number;
  readonly run: number;
  readonly unknown: number;
  readonly duration?: number;
} {
  const totals = { cached: 0, run: 0, unknown: 0 };
  let duration: number | undefined;
  for (const { step, outcome, duration: took } of predictions) {
    if (!isStep(step)) continue;
    totals[outcome]++;
    if (outcome === 'run' && took !== undefined) duration = (duration ?? 0) + took;
  }
  return { ...totals, ...(duration === undefined ? {} : { duration }) };
}

const steps: ReadonlySet<VertexRecord['kind']> = new Set([
  'exec',
  'file',
  'merge',
  'diff',
  'build',
]);

/** What a file's instructions do, as opposed to what they start from. */
export const isStep = ({ kind, internal }: VertexRecord): boolean => !internal && steps.has(kind);

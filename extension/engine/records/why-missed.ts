/** Why the steps of a build ran, told by what differs from the build before. */
import type { Reason } from '../../../proto/model/build-graph';
import { reasonText } from '../../../webview/picture/reason-text';
import { durationOf, type BuildRecord, type VertexRecord } from './build-record';
import { compareSteps, type StepDifference, type Steps } from './compare-steps';
import { isStep } from './predict';

/** A step that differs for itself, and what else ran for it. */
export type Cause = {
  readonly step: VertexRecord;
  readonly kind: 'added' | 'changed' | 'unexplained';
  readonly reasons: readonly Reason[];
  readonly affected: readonly VertexRecord[];
  /** Milliseconds that it and what it affected ran. */
  readonly duration: number;
};

export type Differences = {
  /** Every step that differs, the affected ones too. */
  readonly differences: readonly StepDifference[];
  /** In the order of the later build. */
  readonly causes: readonly Cause[];
  /** Steps that are no more. */
  readonly removed: readonly VertexRecord[];
};

export type Explanation = Differences & {
  readonly before: BuildRecord;
  readonly after: BuildRecord;
  /** How many steps did not have to run. */
  readonly cached: number;
};

/** Sources are looked up in every build. */
const ran = (step: VertexRecord): boolean =>
  isStep(step) && (step.state === 'done' || step.state === 'failed');

export function whyMissed(before: BuildRecord, after: BuildRecord): Explanation {
  const { differences, removed, counterparts } = compareSteps(before, after);
  const causes = causesOf(differences, total);
  const told = new Set(differences.map(({ step }) => step.neutral));
  for (const step of after.vertices) {
    if (!ran(step) || told.has(step.neutral)) continue;
    const known = counterparts.get(step.neutral);
    const kind = known?.state === 'failed' ? 'failed' : 'unexplained';
    const reasons: readonly Reason[] = [{ kind, values: [] }];
    causes.push({ step, kind: 'unexplained', reasons, affected: [], duration: total([step]) });
  }
  const order = new Map(after.vertices.map(({ neutral }, index) => [neutral, index]));
  const place = ({ step }: Cause) => order.get(step.neutral) ?? 0;
  return {
    before,
    after,
    differences,
    causes: causes.sort((a, b) => place(a) - place(b)),
    removed: removed.filter(isStep),
    cached: after.vertices.filter((step) => isStep(step) && step.state === 'cached').length,
  };
}

/** What a build would do otherwise now; steps take the time that they took in the build before. */
export function whatDiffers(before: BuildRecord, now: Steps): Differences {
  const { differences, removed, counterparts } = compareSteps(before, now);
  const taken = (steps: readonly VertexRecord[]): number =>
    total(steps.flatMap(({ neutral }) => counterparts.get(neutral) ?? []));
  return { differences, causes: causesOf(differences, taken), removed: removed.filter(isStep) };
}

/** @param duration how long steps ran, in milliseconds */
function causesOf(
  differences: readonly StepDifference[],
  duration: (steps: readonly VertexRecord[]) => number,
): Cause[] {
  return differences.flatMap(({ step, kind, reasons }): Cause[] => {
    if (kind === 'affected') return [];
    const affected = differences.flatMap((one) =>
      one.root?.neutral === step.neutral ? [one.step] : [],
    );
    return [{ step, kind, reasons, affected, duration: duration([step, ...affected]) }];
  });
}

/** Without what differs, but was found in the cache all the same. */
export function onlyWhatRan(explanation: Explanation): Explanation {
  const causes = explanation.causes.filter(({ step, affected }) => [step, ...affected].some(ran));
  return { ...explanation, causes };
}

const total = (steps: readonly VertexRecord[]): number =>
  steps.reduce((sum, step) => sum + (durationOf(step) ?? 0), 0);

/** The explanation as text: a paragraph for each cause. */
export function explanationText({ before, after, causes, removed, cached }: Explanation): string {
  const lines = [
    after.file,
    `Build ${shortId(after)} (${when(after)}) against ${shortId(before)} (${when(before)})`,
    '',
  ];
  if (causes.length === 0) lines.push('No step ran for a difference.');
  for (const { step, kind, reasons, affected, duration } of causes) {
    const mark = { added: '+', changed: '~', unexplained: '!' }[kind];
    lines.push(
      `${mark} ${step.fullName}${duration === 0 ? '' : ` (${(duration / 1000).toFixed(1)} s in all)`}`,
    );
    lines.push(...reasons.map((reason) => `    ${reasonText(reason)}`));
    if (affected.length > 0)
      lines.push(`    So these differ too: ${affected.map(({ name }) => name).join(' · ')}`);
  }
  lines.push(...removed.map(({ fullName }) => `- ${fullName}`));
  lines.push('', `${cached} ${cached === 1 ? 'step came' : 'steps came'} from the cache.`);
  return `${lines.join('\n')}\n`;
}

export const shortId = ({ buildId }: BuildRecord): string => buildId.slice(0, 12);

const when = ({ finished }: BuildRecord): string =>
  new Date(finished).toISOString().replace('T', ' ').slice(0, 19);

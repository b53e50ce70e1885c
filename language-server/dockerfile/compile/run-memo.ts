/**
 * What a compile keeps of whole stages for the next one.
 *
 * A stage whose text is the same, that starts from the same and copies from the same, becomes the
 * same: none of its steps is looked at. The rest is `step-memo.ts`'s business.
 */
import type { LintWarning } from '../lint/warning';
import type { Output } from '../llb/vertex';
import type { Spacing } from '../instructions/stage';
import type { StageText } from '../instructions/stage-text';
import type { Instruction } from '../parser/syntax-tree';
import type { HistoryEntry, ImageConfig } from './image-config';
import { sameSettings, settingsOf, type Snapshot, type StageSettings } from './snapshot';
import type { StageState } from './stage-state';
import {
  moveWarnings,
  sourceKeys,
  sameSources,
  type SlotChain,
  type SourceKey,
  type Step,
} from './step-memo';

/** All that a stage starts from. */
export type StageStart = StageSettings & {
  readonly output: Output | undefined;
  /** What the stage below has become; for a base image, its config. */
  readonly base: Snapshot | ImageConfig;
};

/** @param group the stage's id in a graph */
export function stageStart(stage: StageState, group: string): StageStart {
  return {
    output: stage.state.output,
    base: stage.base?.finished ?? stage.image,
    ...settingsOf(stage, group),
  };
}

function sameStart(a: StageStart, b: StageStart): boolean {
  return a.output === b.output && a.base === b.base && sameSettings(a, b);
}

export type KeptRun = {
  readonly start: StageStart;
  readonly after: Snapshot;
  readonly output: Output | undefined;
  readonly entries: readonly HistoryEntry[];
  /** The steps that use paths, each with the number of its command. */
  readonly uses: readonly { readonly step: Step; readonly command: number }[];
  readonly warnings: readonly LintWarning[];
  /** The FROM where the warnings got their places. */
  readonly node: Instruction;
  /** How the instructions stood then; undefined without warnings. */
  readonly spacing: Spacing | undefined;
};

/** Whether the warnings of a run have moved together, if at all: blank lines leave a text as it is. */
export function standsAsThen(
  { spacing: then }: Pick<KeptRun, 'spacing'>,
  now: Spacing | undefined,
): boolean {
  if (then === undefined || then === now) return true;
  return then.length === now?.length && then.every((place, index) => now[index] === place);
}

type Kept = {
  readonly run: KeptRun;
  readonly sources: readonly (readonly SourceKey[])[];
  /** Where its steps are, for as long as nobody else has put any there. */
  readonly chain: SlotChain;
  readonly filling: SlotChain['filling'];
};

export class RunMemo {
  readonly #runs = new WeakMap<StageText, Kept>();

  /** What a stage has become, if it becomes the same again. */
  find(stage: StageState, start: StageStart, chain: SlotChain): KeptRun | undefined {
    const { text, source } = stage;
    if (text === undefined || source.from === undefined) return undefined;
    const kept = this.#runs.get(text);
    if (kept?.chain !== chain || kept.filling !== chain.filling) return undefined;
    const { run, sources } = kept;
    if (!sameStart(run.start, start) || !standsAsThen(run, stage.spacing)) return undefined;
    if (usesLost(stage)) return undefined;
    for (const [index, used] of stage.sources.entries()) {
      if (!sameSources(sources[index] ?? [], used)) return undefined;
    }
    const { node } = source.from;
    if (run.node === node) return run;
    const moved = { ...run, node, warnings: moveWarnings(run, node) };
    this.#runs.set(text, { ...kept, run: moved });
    return moved;
  }

  keep(stage: StageState, chain: SlotChain, run: KeptRun): void {
    const { text } = stage;
    if (text === undefined || usesLost(stage)) return;
    const sources = stage.sources.map(sourceKeys);
    this.#runs.set(text, { run, sources, chain, filling: chain.filling });
  }
}

/** What copies from a stage that could not be made is left out, and would look like nothing to do. */
function usesLost({ sources }: StageState): boolean {
  return sources.some((used) => used.some(({ lost }) => lost));
}

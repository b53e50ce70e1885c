/**
 * A conversion with an edit put into it: what most keystrokes come to.
 *
 * When the text of one stage has changed and nothing that others see of it (what it is built on,
 * whom it uses, its folder at the end, and for what is built on it all its settings), all other
 * stages are what they were, and only that stage runs again. Whatever does not fit is left to a whole
 * conversion, so this decides how much is done again and never what comes out.
 */
import type { Stage } from '../instructions/stage';
import type { StageText } from '../instructions/stage-text';
import type { TypedDockerfile } from '../instructions/dockerfile';
import type { LintWarning } from '../lint/warning';
import { beginningAmong } from './base-images';
import type { Conversion, ConversionInput, Converted } from './conversion';
import { runStage, type StageRecord } from './dispatch';
import { Failures } from './failures';
import { finishImage } from './finish-image';
import type { ImageAnswer } from './image-lookup';
import type { PassMemo } from './memo';
import { sameSnapshot } from './snapshot';
import { stageStart, standsAsThen } from './run-memo';
import type { StageState } from './stage-state';
import { moveWarnings } from './step-memo';

type KeptConversion = {
  readonly dockerfile: TypedDockerfile;
  readonly conversion: Conversion;
  readonly converted: Converted;
  /** What was said before the first stage ran; all of it about FROMs. */
  readonly opening: readonly LintWarning[];
  /** All stages that have run, in their order. */
  readonly records: readonly StageRecord[];
  readonly images: readonly ImageAnswer[];
};

/** The last conversion of each way of compiling, if an edit inside one stage can be put into it. */
const lastConversions = new WeakMap<PassMemo, KeptConversion>();

/** Keeps a conversion without failures, where an edit can be put into it. */
export function keepConversion(
  { dockerfile, images }: ConversionInput,
  made: Pick<KeptConversion, 'conversion' | 'converted' | 'opening' | 'records'>,
): void {
  // What follows from a context that takes a stage's place is not looked at here.
  const { attributes } = made.conversion.config;
  for (const name of attributes.keys()) if (name.startsWith('context:')) return;
  lastConversions.set(made.converted.memo, { ...made, dockerfile, images: images.answers });
}

export function forgetConversion(memo: PassMemo): void {
  lastConversions.delete(memo);
}

/** Undefined when the file is to be converted as a whole. */
export async function convertAgain(
  input: ConversionInput,
  memo: PassMemo,
): Promise<Converted | undefined> {
  const kept = lastConversions.get(memo);
  if (kept === undefined || input.failures.found.length > 0) return undefined;
  const edit = editOf(kept, input.dockerfile);
  if (edit === undefined || !(await input.images.answersAs(kept.images))) return undefined;
  forgetConversion(memo);
  const next = edit === 'none' ? kept : withEdit(kept, input, edit);
  const opening = next && movedOpening(kept, input.dockerfile);
  if (next === undefined || opening === undefined) return undefined;
  const { linter } = input;
  linter.repeat(opening);
  const records = next.records.map((record) => {
    const stage = input.dockerfile.stages[next.conversion.stages.all.indexOf(record.stage)];
    const node = stage?.from.node ?? record.node;
    const warnings = moveWarnings(record, node);
    linter.repeat(warnings);
    return { ...record, node, warnings };
  });
  lastConversions.set(memo, {
    ...next,
    dockerfile: input.dockerfile,
    opening,
    records,
    images: input.images.answers,
  });
  return next.converted;
}

/** Which stage has changed, and to what. */
type Edit = { readonly index: number; readonly stage: Stage };

function editOf(
  { dockerfile: before, records, conversion }: KeptConversion,
  now: TypedDockerfile,
): Edit | 'none' | undefined {
  if (before.stages.length !== now.stages.length) return undefined;
  if (before.globalArgs.length !== now.globalArgs.length) return undefined;
  for (const [index, { node }] of now.globalArgs.entries()) {
    if (before.globalArgs[index]?.node.content !== node.content) return undefined;
  }
  // Where warnings have moved apart, their stage is one that has changed.
  const apart = new Set(
    records
      .filter(({ spacing }) => spacing !== undefined)
      .map((record) => ({ record, index: conversion.stages.all.indexOf(record.stage) }))
      .filter(({ record, index }) => !standsAsThen(record, now.stages[index]?.spacing))
      .map(({ index }) => index),
  );
  let edit: Edit | undefined;
  for (const [index, stage] of now.stages.entries()) {
    const old = before.stages[index];
    if (stage.text === undefined || old?.text === undefined) return undefined;
    if (stage.text === old.text && !apart.has(index)) continue;
    if (edit !== undefined || !canStandIn(stage.text, old.text)) return undefined;
    edit = { index, stage };
  }
  return edit ?? 'none';
}

/** Whether the stage begins as before and uses the same others. */
function canStandIn(now: StageText, before: StageText): boolean {
  return now.instructions[0] === before.instructions[0] && usesOf(now) === usesOf(before);
}

/** Names all that a stage takes from others; what it gives to them unsaid makes it incomparable. */
function usesOf({ commands, linked }: StageText): unknown {
  if (commands.some(({ type }) => type === 'onbuild')) return {};
  return JSON.stringify(
    linked.map((index) => {
      const command = commands[index];
      if (command?.type === 'copy') return command.from;
      return command?.type === 'run' ? command.mounts.map(({ from }) => from) : '';
    }),
  );
}

function withEdit(
  kept: KeptConversion,
  { tree, images, linter }: ConversionInput,
  { index, stage: written }: Edit,
): KeptConversion | undefined {
  const { converted } = kept;
  const at = kept.records.findIndex(({ stage }) => kept.conversion.stages.all[index] === stage);
  const before = kept.records[at];
  // A stage that the target does not need has not run; its triggers would be another's.
  if (before?.stage.text === undefined || movesImage(before.stage, written)) return undefined;
  const { stage, chain } = before;
  const hasHeirs = kept.conversion.stages.all.some(({ base }) => base === stage);
  const more = (written.text?.steps ?? 0) - before.stage.text.steps;
  // The steps of those that are built on it count on from its own.
  if (hasHeirs && more !== 0) return undefined;
  const conversion = {
    ...kept.conversion,
    tree,
    images,
    linter: linter.apart(),
    failures: new Failures(false),
  };
  conversion.memo.steps.resume(chain);
  stage.commandTotal += more;
  const beginning =
    more === 0 ? before.beginning : beginningAmong(conversion, stage, before.beginning);
  stage.restart(written, beginning);
  const start = stageStart(stage, before.group);
  let record: StageRecord | undefined;
  try {
    record = runStage(conversion, { ...before, start, beginning });
  } catch {
    return undefined; // The whole conversion says so.
  }
  if (record === undefined || !seenAlike(before, record, hasHeirs)) return undefined;
  const after = hasHeirs ? before.after : record.after;
  stage.finished = after;
  if (stage === converted.target) finishImage(conversion, stage);
  const records = kept.records.with(at, { ...record, after });
  return { ...kept, conversion, records: withHistories(records, stage) };
}

/** Whether a changed COPY brings an image with it, for which the COPY is the place it comes from. */
function movesImage({ text: before, sources }: StageState, { text: now }: Stage): boolean {
  return sources.some(
    (used, place) =>
      used.some(({ source, unregistered }) => unregistered && source.place !== undefined) &&
      commandOf(before, place) !== commandOf(now, place),
  );
}

const commandOf = (text: StageText | undefined, place: number): unknown =>
  text?.commands[text.linked[place] ?? -1];

/**
 * Whether others see the same of a stage: who is built on it takes over all its settings, who copies
 * from it knows only its files and where relative paths begin (`SourceKey`).
 */
function seenAlike(before: StageRecord, now: StageRecord, hasHeirs: boolean): boolean {
  return (
    before.output === now.output &&
    (hasHeirs
      ? sameSnapshot(before.after, now.after)
      : before.after.state.dir === now.after.state.dir) &&
    JSON.stringify(pathsOf(before)) === JSON.stringify(pathsOf(now))
  );
}

function pathsOf({ uses }: StageRecord): unknown {
  return uses.map(({ step }) => step.used);
}

/** The history of what is built on a stage goes on from that stage's. */
function withHistories(
  records: readonly StageRecord[],
  edited: StageState,
): readonly StageRecord[] {
  const changed = new Set([edited]);
  return records.map((record) => {
    const { stage, beginning, entries } = record;
    if (stage.base === undefined || !changed.has(stage.base)) return record;
    changed.add(stage);
    const { history } = stage.base;
    stage.history = history.with(entries);
    return { ...record, beginning: { ...beginning, history } };
  });
}

/** The warnings about FROMs, where those stand now; undefined if one is about something else. */
function movedOpening(
  { opening, dockerfile: before }: KeptConversion,
  { stages }: TypedDockerfile,
): readonly LintWarning[] | undefined {
  const moved: LintWarning[] = [];
  for (const warning of opening) {
    const { lines } = warning;
    const index = before.stages.findIndex(({ from }) => from.lines.first === lines?.first);
    const old = before.stages[index];
    const now = stages[index];
    if (old === undefined || now === undefined) return undefined;
    moved.push(...moveWarnings({ node: old.from.node, warnings: [warning] }, now.from.node));
  }
  return moved;
}

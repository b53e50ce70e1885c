/** A graph in figures, for the line beside its name. */
import type { SavingHint, ViewContext } from '../../proto/messages/webview';
import type { BuildGraph } from '../../proto/model/build-graph';
import { summary } from './describe';
import { displayText } from './display-text';
import { counted } from './texts';
import type { Texts } from './texts';
import { durationText } from './units';

/**
 * @param critical milliseconds on the critical path; 0 where nothing has run
 * @param drawn how many of the steps are drawn
 */
export function figuresLine(
  graph: BuildGraph,
  critical: number,
  texts: Texts,
  drawn = graph.nodes.length,
): string {
  return [
    ...(graph.nodes.length === 0 ? [] : [summary(graph, texts)]),
    // A few steps of a frontend's own are never drawn.
    ...(drawn < graph.nodes.length / 2 ? [texts('summary.drawn', drawn)] : []),
    ...(critical > 0 ? [texts('summary.critical', durationText(critical, texts))] : []),
  ].join(' · ');
}

/** What the next build would do, in a word or two and as a whole sentence. */
export type NextBuild = {
  readonly outcome: 'cached' | 'run' | 'unknown';
  readonly short: string;
  readonly whole: string;
  /** Finds the steps that it is about. */
  readonly query: string;
};

/** @returns undefined where nothing is known, and while a build runs: then that is the news */
export function nextBuild(context: ViewContext | undefined, texts: Texts): NextBuild | undefined {
  const { prediction, build } = context ?? {};
  if (prediction === undefined || build?.state === 'running' || build?.state === 'stopped')
    return undefined;
  const { run, cached, unknown, duration, saving } = prediction;
  if (run === 0 && cached === 0) return undefined; // Nothing is remembered of this file.
  const about = duration === undefined ? undefined : durationText(duration, texts);
  const whole = [
    about === undefined
      ? texts('prediction.total', run, cached)
      : texts('prediction.total.for', run, cached, about),
    ...(unknown === 0 ? [] : [texts('prediction.total.unknown', unknown)]),
  ].join(' · ');
  if (saving !== undefined && saving.run > 0) {
    const short = lasting(savingText(saving, texts), saving.duration, texts);
    return { outcome: 'run', short, whole, query: 'save:runs' };
  }
  if (run > 0) {
    const short = lasting(counted(texts, 'prediction.short', run), duration, texts);
    return { outcome: 'run', short, whole, query: 'now:run' };
  }
  return unknown > 0
    ? {
        outcome: 'unknown',
        short: texts('prediction.short.unknown', unknown),
        whole,
        query: 'now:unknown',
      }
    : { outcome: 'cached', short: texts('prediction.short.cached'), whole, query: 'now:cached' };
}

/** What saving a file does, for people. */
export const savingText = ({ file, run }: SavingHint, texts: Texts): string =>
  texts(run === 1 ? 'prediction.saving.one' : 'prediction.saving.other', run, displayText(file));

const lasting = (text: string, duration: number | undefined, texts: Texts): string =>
  duration === undefined ? text : `${text} · ${durationText(duration, texts)}`;

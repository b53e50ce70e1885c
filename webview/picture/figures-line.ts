/** A graph in figures, for the line beside its name. */
import type { ViewContext } from '../../proto/messages/webview';
import type { BuildGraph } from '../../proto/model/build-graph';
import { summary } from './describe';
import { counted } from './texts';
import type { Texts } from './texts';
import { durationText } from './units';

/** @param critical milliseconds on the critical path; 0 where nothing has run */
export function figuresLine(graph: BuildGraph, critical: number, texts: Texts): string {
  return [
    ...(graph.nodes.length === 0 ? [] : [summary(graph, texts)]),
    ...(critical > 0 ? [texts('summary.critical', durationText(critical, texts))] : []),
  ].join(' · ');
}

/** What the next build would do, in a word or two and as a whole sentence. */
export type NextBuild = {
  readonly outcome: 'cached' | 'run' | 'unknown';
  readonly short: string;
  readonly whole: string;
};

/** @returns undefined where nothing is known, and while a build runs: then that is the news */
export function nextBuild(context: ViewContext | undefined, texts: Texts): NextBuild | undefined {
  const { prediction, build } = context ?? {};
  if (prediction === undefined || build?.state === 'running' || build?.state === 'stopped')
    return undefined;
  const { run, cached, unknown, duration } = prediction;
  if (run === 0 && cached === 0) return undefined; // Nothing is remembered of this file.
  const about = duration === undefined ? undefined : durationText(duration, texts);
  const whole = [
    about === undefined
      ? texts('prediction.total', run, cached)
      : texts('prediction.total.for', run, cached, about),
    ...(unknown === 0 ? [] : [texts('prediction.total.unknown', unknown)]),
  ].join(' · ');
  if (run > 0) {
    const short = counted(texts, 'prediction.short', run);
    return { outcome: 'run', short: about === undefined ? short : `${short} · ${about}`, whole };
  }
  return unknown > 0
    ? { outcome: 'unknown', short: texts('prediction.short.unknown', unknown), whole }
    : { outcome: 'cached', short: texts('prediction.short.cached'), whole };
}

/** A graph in figures, for the line beside its name. */
import type { PredictionTotals, ViewContext } from '../../proto/messages/webview';
import type { BuildGraph } from '../../proto/model/build-graph';
import { summary } from './describe';
import type { Texts } from './texts';
import { durationText } from './units';

/** @param critical milliseconds on the critical path; 0 where nothing has run */
export function figuresLine(
  graph: BuildGraph,
  context: ViewContext | undefined,
  critical: number,
  texts: Texts,
): string {
  const building = context?.build.state === 'running' || context?.build.state === 'stopped';
  return [
    // What a build would do is of no interest while one runs.
    ...(context?.prediction === undefined || building ? [] : totals(context.prediction, texts)),
    ...(graph.nodes.length === 0 ? [] : [summary(graph, texts)]),
    ...(critical > 0 ? [texts('summary.critical', durationText(critical, texts))] : []),
  ].join(' · ');
}

function totals(
  { run, cached, unknown, duration }: PredictionTotals,
  texts: Texts,
): readonly string[] {
  if (run === 0 && cached === 0) return []; // Nothing is remembered of this file.
  const line =
    duration === undefined
      ? texts('prediction.total', run, cached)
      : texts('prediction.total.for', run, cached, durationText(duration, texts));
  return unknown === 0 ? [line] : [line, texts('prediction.total.unknown', unknown)];
}

/** A build graph as an SVG file: laid out, painted, and written with its colours. */
import type { BuildGraph } from '../../../proto/model/build-graph';
import { approximateMeasure } from '../display-text';
import type { TextMeasure } from '../display-text';
import type { Direction } from '../layout';
import { layeredLayout } from '../layered';
import { layoutInput } from '../layout-input';
import type { Picture } from '../painter';
import type { Texts } from '../texts';
import { noChoices, sideBySide, viewOf } from '../view';
import { svgDocument } from './svg-document';

export type SvgFileOptions = {
  readonly texts: Texts;
  readonly title: string;
  /** Milliseconds since the epoch, for the time of running steps. */
  readonly now: number;
  readonly direction?: Direction;
  /** Widths of the fonts in use; averages when left out. */
  readonly measure?: TextMeasure;
  /** Every step, where a page would begin with stages closed or with a part of the graph. */
  readonly whole?: boolean;
};

/** The same for the same graph, byte by byte. */
export function svgFile(graph: BuildGraph, options: SvgFileOptions): string {
  if (options.whole === true)
    return svgDocument(stillPicture(sideBySide(graph), options), options.title);
  const view = viewOf(graph, noChoices);
  const picture = { ...stillPicture(view.graph, options), folds: view.folds };
  return svgDocument(picture, options.title);
}

/** The picture that files are made of: nothing marked, nothing new. */
export function stillPicture(
  graph: BuildGraph,
  { texts, now, direction, measure = approximateMeasure }: SvgFileOptions,
): Picture {
  const layout = layeredLayout(layoutInput(graph, measure, undefined, direction));
  return { graph, layout, fresh: new Set(), now, texts, measure };
}

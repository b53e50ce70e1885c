/** A build graph as text for other programs: pictures, graph languages and data. */
import type { BuildGraph } from '../../../proto/model/build-graph';
import { sideBySide } from '../view';
import { dot } from './dot';
import { mermaid } from './mermaid';
import { htmlDocument } from './html-document';
import { stillPicture, svgFile } from './svg-file';
import type { SvgFileOptions } from './svg-file';

export const graphFormats = ['dot', 'html', 'mermaid', 'svg'] as const;
export type GraphFormat = (typeof graphFormats)[number];

export const isGraphFormat = (value: string): value is GraphFormat =>
  graphFormats.some((format) => format === value);

/** The graph in one of the formats, ending with a line end. */
export function graphText(whole: BuildGraph, format: GraphFormat, options: SvgFileOptions): string {
  const graph = sideBySide(whole);
  switch (format) {
    case 'dot':
      return dot(graph, options.texts, options.now);
    case 'html':
      return htmlDocument(stillPicture(graph, options), options.title);
    case 'mermaid':
      return mermaid(graph, options.texts);
    case 'svg':
      return svgFile(whole, options);
  }
}

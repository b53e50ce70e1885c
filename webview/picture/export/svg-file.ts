/** A build graph as an SVG file of its own: the page's picture with its colours written into it. */
import type { BuildGraph } from '../../../proto/model/build-graph';
import { approximateMeasure, displayText } from '../display-text';
import type { TextMeasure } from '../display-text';
import type { Direction } from '../layout';
import { layeredLayout } from '../layered';
import { layoutInput } from '../layout-input';
import { el, markup } from '../scene';
import { pictureCss } from '../style';
import { paintSvg } from '../svg-painter';
import type { Texts } from '../texts';
import { darkColours, lightColours } from './colours';

export type SvgFileOptions = {
  readonly texts: Texts;
  readonly title: string;
  /** Milliseconds since the epoch, for the time of running steps. */
  readonly now: number;
  readonly direction?: Direction;
  /** Widths of the fonts in use; averages when left out. */
  readonly measure?: TextMeasure;
};

/** Follows the reader's light or dark scheme, and is the same for the same graph, byte by byte. */
export function svgFile(graph: BuildGraph, options: SvgFileOptions): string {
  const { texts, title, now, direction, measure = approximateMeasure } = options;
  const input = layoutInput(graph, measure);
  const layout = layeredLayout({ ...input, ...(direction === undefined ? {} : { direction }) });
  const scene = paintSvg({ graph, layout, fresh: new Set(), now, texts, measure });
  const width = Math.ceil(layout.width);
  const height = Math.ceil(layout.height);
  const root = el(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'tree',
      'aria-label': texts('graph.label', displayText(title)),
    },
    [el('rect', { class: 'paper', width, height }), ...scene],
  );
  const css = [
    `svg { ${declarations(lightColours)} }`,
    `@media (prefers-color-scheme: dark) { svg { ${declarations(darkColours)} } }`,
    '.paper { fill: var(--llb-background); }',
    pictureCss.trim(),
  ].join('\n');
  // The style stands first inside the root; no build data is in it.
  return `${markup(root).replace('>', `>\n<style>\n${css}\n</style>\n`)}\n`;
}

const declarations = (colours: Readonly<Record<string, string>>): string =>
  Object.entries(colours)
    .map(([name, value]) => `--llb-${name}: ${value};`)
    .join(' ');

/** A picture as an SVG document of its own, with its colours written into it. */
import { displayText } from '../display-text';
import type { Picture } from '../painter';
import { el, markup } from '../scene';
import { pictureCss } from '../style';
import { paintSvg } from '../svg-painter';
import { colourCss } from './colours';

/** Follows the reader's light or dark scheme, and is the same for the same picture, byte by byte. */
export function svgDocument(picture: Picture, title: string): string {
  const css = [colourCss('svg'), '.paper { fill: var(--llb-background); }', pictureCss.trim()];
  // The style stands first inside the root; no build data is in it.
  return `${pictureMarkup(picture, title).replace('>', `>\n<style>\n${css.join('\n')}\n</style>\n`)}\n`;
}

/** The `svg` element alone; its colours and style are brought by what it stands in. */
export function pictureMarkup(picture: Picture, title: string): string {
  const { layout, texts } = picture;
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
    [el('rect', { class: 'paper', width, height }), ...paintSvg(picture)],
  );
  return markup(root);
}

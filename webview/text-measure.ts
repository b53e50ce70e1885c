/** Text widths in the fonts that the page really uses. */
import type { FontRole, TextMeasure } from './picture/display-text';

const fonts: Readonly<Record<FontRole, string>> = {
  title: '13px',
  keyword: '600 13px',
  detail: '11px',
  group: '600 12px',
};

/** A measure with a cache; ask for a new one when the editor's font changes. */
export function canvasMeasure(): TextMeasure {
  const family = getComputedStyle(document.body).fontFamily;
  const context = document.createElement('canvas').getContext('2d');
  const cache = new Map<string, number>();
  return (text, role) => {
    const key = `${role}\0${text}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    if (context === null) return text.length * 8;
    context.font = `${fonts[role]} ${family}`;
    const { width } = context.measureText(text);
    if (cache.size > 20_000) cache.clear();
    cache.set(key, width);
    return width;
  };
}

/** Calls back when the editor's font or theme changes: VS Code sets both on the document's root. */
export function watchFonts(changed: () => void): void {
  let font = getComputedStyle(document.body).fontFamily;
  new MutationObserver(() => {
    const next = getComputedStyle(document.body).fontFamily;
    if (next === font) return;
    font = next;
    changed();
  }).observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}

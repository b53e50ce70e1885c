/** Styled text of a log as nodes of the page, in the theme's terminal colours. */
import type { AnsiColor, AnsiLine } from './ansi';
import { h } from '../dom';

export function drawSpans(line: AnsiLine): readonly Node[] {
  return line.map(({ text, style }) => {
    const classes = Object.entries(style).flatMap(([name, value]) =>
      value === true ? [`ansi-${name}`] : [],
    );
    if (classes.length === 0 && style.foreground === undefined && style.background === undefined)
      return document.createTextNode(text);
    const span = h('span', { class: classes.join(' ') || undefined }, text);
    const [front, back]: readonly (SpanColor | undefined)[] =
      style.inverse === true
        ? [style.background ?? 'background', style.foreground ?? 'foreground']
        : [style.foreground, style.background];
    if (front !== undefined) span.style.color = cssColor(front);
    if (back !== undefined) span.style.backgroundColor = cssColor(back);
    return span;
  });
}

type SpanColor = AnsiColor | 'foreground' | 'background';

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** The theme's terminal colours, which are set as `--llb-ansi-*` with fallbacks. */
function cssColor(color: SpanColor): string {
  if (color === 'foreground') return 'var(--llb-text)';
  if (color === 'background') return 'var(--llb-background)';
  if (color.kind === 'rgb') return `rgb(${color.red} ${color.green} ${color.blue})`;
  const bright = color.index >= 8 ? 'bright-' : '';
  return `var(--llb-ansi-${bright}${names[color.index % 8] ?? 'white'})`;
}

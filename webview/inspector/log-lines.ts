/**
 * The lines of a log, of which only those in sight and their neighbours are elements of the page.
 *
 * Lines wrap, so their heights differ: they stand in blocks, a block's height is measured when it has
 * been drawn and guessed before, and two spacers stand for the blocks above and below.
 */
import type { AnsiLine } from './ansi';
import { drawSpans } from './log-spans';
import { h } from '../dom';

const blockLines = 32;

export type LogLines = {
  readonly element: HTMLElement;
  /** Adds lines at the end; the first ones are dropped when there are too many. */
  readonly append: (lines: readonly AnsiLine[]) => void;
  readonly clear: () => void;
  /** Draws what is in sight; for when the place or the size of the scroller has changed. */
  readonly draw: () => void;
  /** Lines are numbered from the log's beginning, dropped ones included. */
  readonly first: () => number;
  /** The number that the next line will have. */
  readonly end: () => number;
  readonly textOf: (line: number) => string;
  /** Marks lines as found, and one of them as the current one. */
  readonly mark: (found: ReadonlySet<number>, current: number | undefined) => void;
  /** Scrolls until a line is in sight. */
  readonly reveal: (line: number) => void;
};

type Block = {
  readonly lines: AnsiLine[];
  /** Pixels; undefined as long as it has not been measured with the lines that it has. */
  height?: number | undefined;
  element?: HTMLElement | undefined;
};

/**
 * @param scroller what the element is put into and scrolled by
 * @param most so many lines are kept, or a few more
 */
export function createLogLines(scroller: HTMLElement, most: number): LogLines {
  const above = h('div', { 'aria-hidden': 'true' });
  const drawn = h('div', {});
  const below = h('div', { 'aria-hidden': 'true' });
  const element = h('div', { class: 'log-lines' }, above, drawn, below);

  let blocks: Block[] = [];
  let first = 0;
  let lineHeight = 18;
  let found: ReadonlySet<number> = new Set();
  let current: number | undefined;

  const heightOf = ({ height, lines }: Block): number => height ?? lines.length * lineHeight;
  const heightBetween = (from: number, to: number): number => {
    let sum = 0;
    for (const block of blocks.slice(from, to)) sum += heightOf(block);
    return sum;
  };
  const count = (): number =>
    blocks.length === 0 ? 0 : (blocks.length - 1) * blockLines + (blocks.at(-1)?.lines.length ?? 0);
  const lineAt = (line: number): AnsiLine | undefined => {
    const place = line - first;
    return blocks[Math.floor(place / blockLines)]?.lines[place % blockLines];
  };

  function drawLine(line: AnsiLine, number: number): HTMLElement {
    const style = [
      'log-line',
      found.has(number) && 'log-found',
      number === current && 'log-current',
    ];
    return h('div', { class: style.filter(Boolean).join(' ') }, ...drawSpans(line));
  }

  function append(lines: readonly AnsiLine[]): void {
    // Lines that would be dropped at once are not kept for a moment either.
    const skipped = Math.max(0, lines.length - most);
    if (skipped > 0) {
      const end = first + count() + skipped;
      forget();
      first = end;
    }
    for (const line of lines.slice(skipped)) {
      let last = blocks.at(-1);
      if (last === undefined || last.lines.length === blockLines) {
        last = { lines: [] };
        blocks.push(last);
      }
      last.element?.append(drawLine(line, first + count()));
      last.lines.push(line);
      last.height = undefined;
    }
    const dropped = Math.floor(Math.max(0, count() - most) / blockLines);
    for (const block of blocks.splice(0, dropped)) block.element?.remove();
    first += dropped * blockLines;
  }

  function forget(): void {
    blocks = [];
    drawn.replaceChildren();
    above.style.height = below.style.height = '0';
  }

  function clear(): void {
    forget();
    first = 0;
  }

  /** The blocks from half a page above what is in sight to half a page below. */
  function inSight(): { from: number; to: number } {
    const page = scroller.clientHeight;
    const top = scroller.scrollTop - element.offsetTop - page / 2;
    let y = 0;
    let from = blocks.length;
    let to = 0;
    for (const [index, block] of blocks.entries()) {
      const end = y + heightOf(block);
      if (end > top && y < top + 2 * page) {
        from = Math.min(from, index);
        to = index + 1;
      }
      y = end;
    }
    return { from: Math.min(from, to), to };
  }

  function show(from: number, to: number): void {
    for (const [index, block] of blocks.entries()) {
      if (block.element === undefined || (index >= from && index < to)) continue;
      block.element.remove();
      block.element = undefined;
    }
    let before = drawn.firstElementChild;
    for (let index = from; index < to; index++) {
      const block = blocks[index];
      if (block === undefined) continue;
      if (block.element === undefined) {
        const start = first + index * blockLines;
        const rows = block.lines.map((line, row) => drawLine(line, start + row));
        block.element = h('div', {}, ...rows);
        drawn.insertBefore(block.element, before);
      } else before = block.element.nextElementSibling;
    }
    above.style.height = `${heightBetween(0, from)}px`;
    below.style.height = `${heightBetween(to, blocks.length)}px`;
  }

  /** Whether a block has another height than was thought. */
  function measure(from: number, to: number): boolean {
    let changed = false;
    for (const block of blocks.slice(from, to)) {
      const height = block.element?.offsetHeight;
      if (height === undefined || height === block.height) continue;
      changed ||= height !== heightOf(block);
      block.height = height;
      lineHeight = Math.min(lineHeight, height / block.lines.length);
    }
    return changed;
  }

  function draw(): void {
    if (scroller.clientHeight === 0) return;
    // Measured heights move what is in sight, mostly once.
    for (let pass = 0; pass < 4; pass++) {
      const { from, to } = inSight();
      const held = topmost();
      show(from, to);
      const changed = measure(from, to);
      // What was on top stays there, whatever has become of the heights above it.
      if (held?.block.element !== undefined) {
        scroller.scrollTop += held.block.element.getBoundingClientRect().top - held.top;
      }
      if (!changed) return;
    }
  }

  /** The first block in sight that is drawn, and where it begins in the window. */
  function topmost(): { block: Block; top: number } | undefined {
    const edge = scroller.getBoundingClientRect().top;
    for (const block of blocks) {
      const place = block.element?.getBoundingClientRect();
      if (place !== undefined && place.bottom > edge) return { block, top: place.top };
    }
    return undefined;
  }

  function mark(lines: ReadonlySet<number>, line: number | undefined): void {
    found = lines;
    current = line;
    for (const [index, { element: block }] of blocks.entries()) {
      for (const [row, child] of [...(block?.children ?? [])].entries()) {
        const number = first + index * blockLines + row;
        child.classList.toggle('log-found', found.has(number));
        child.classList.toggle('log-current', number === current);
      }
    }
  }

  function reveal(line: number): void {
    const index = Math.floor((line - first) / blockLines);
    // What is drawn on the way changes the heights above the line, so it is looked for again.
    for (let pass = 0; pass < 3; pass++) {
      const row = blocks[index]?.element?.children[(line - first) % blockLines];
      if (row !== undefined) {
        row.scrollIntoView({ block: 'nearest' });
        draw();
        return;
      }
      scroller.scrollTop = element.offsetTop + heightBetween(0, index);
      draw();
    }
  }

  new ResizeObserver(() => {
    for (const block of blocks) if (block.element === undefined) block.height = undefined;
    draw();
  }).observe(scroller);

  return {
    element,
    append,
    clear,
    draw,
    first: () => first,
    end: () => first + count(),
    textOf: (line) => (lineAt(line) ?? []).map(({ text }) => text).join(''),
    mark,
    reveal,
  };
}

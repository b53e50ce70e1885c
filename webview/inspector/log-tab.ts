/** The inspector's log: fetched piece by piece while it is looked at, coloured, following its end. */
import type { WebviewStringKey } from '../../proto/messages/webview-strings';
import type { GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { AnsiReader } from './ansi';
import type { AnsiColor, AnsiLine } from './ansi';
import { createLogSearch } from './log-search';
import { button, h, setText } from '../dom';
import type { Texts } from '../picture/texts';

/** So many lines are kept; the beginning of longer logs is dropped. */
export const MAX_LINES = 5000;
/** Pixels from the end that still count as being there. */
const NEAR_END = 24;

export type LogTab = {
  readonly element: HTMLElement;
  readonly update: (node: GraphNode, status: NodeStatus, visible: boolean) => void;
  readonly receive: (node: string, from: number, text: string, next: number) => void;
  readonly receiveError: (node: string, message: string) => void;
};

export type LogEvents = {
  readonly readLog: (node: string, from: number) => void;
  readonly copy: (text: string) => void;
};

export function createLogTab(texts: Texts, { readLog, copy }: LogEvents): LogTab {
  const dropped = h('p', { class: 'hint log-dropped' }, texts('log.dropped', MAX_LINES));
  const lines = h('div', { class: 'log-lines' });
  const tail = h('div', { class: 'log-line log-tail' });
  const message = h('p', { class: 'empty-text' });
  const follow = button({
    class: 'action secondary follow',
    text: texts('log.follow'),
    drawing: { stroke: 'M8 2.5v10M4 8.8l4 4 4-4' },
    onClick: () => {
      following = true;
      scroll();
    },
  });
  const scroller = h(
    'div',
    {
      class: 'log-scroller',
      tabindex: 0,
      role: 'log',
      'aria-live': 'off',
      'aria-label': texts('tab.log'),
    },
    dropped,
    lines,
    tail,
  );
  const find = createLogSearch(texts, lines, copy);
  const element = h('div', { class: 'log' }, find.element, message, scroller, follow);
  element.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    find.focus();
  });

  let reader = new AnsiReader();
  let shown: { readonly node: string; readonly started: number | undefined } | undefined;
  let next = 0;
  let asked: number | undefined;
  let failure: string | undefined;
  let following = true;
  let latest: NodeStatus = { state: 'unknown' };

  scroller.addEventListener('scroll', () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    follow.hidden = following;
  });

  function reset(): void {
    reader = new AnsiReader();
    next = 0;
    asked = undefined;
    failure = undefined;
    following = true;
    lines.replaceChildren();
    tail.replaceChildren();
    dropped.hidden = true;
    follow.hidden = true;
  }

  function update(node: GraphNode, status: NodeStatus, visible: boolean): void {
    // A step that runs again writes a new log from its beginning.
    if (shown?.node !== node.id || shown.started !== status.started) {
      shown = { node: node.id, started: status.started };
      reset();
    }
    latest = status;
    if (visible) ask();
    showMessage();
  }

  function ask(): void {
    if (shown === undefined || asked !== undefined || failure !== undefined) return;
    if ((latest.logBytes ?? 0) <= next) return;
    asked = next;
    readLog(shown.node, next);
  }

  function showMessage(): void {
    const text =
      failure !== undefined
        ? texts('log.failed', failure)
        : next > 0 || asked !== undefined
          ? ''
          : texts(emptyText(latest));
    setText(message, text);
    message.hidden = text === '';
    scroller.hidden = find.element.hidden = next === 0;
  }

  function receive(node: string, from: number, text: string, upTo: number): void {
    if (node !== shown?.node || from !== next || from !== asked) return;
    asked = undefined;
    next = upTo;
    const complete = reader.push(text);
    // Lines that would be dropped at once are not drawn at all.
    lines.append(...complete.slice(-MAX_LINES).map((line) => drawLine(line, 'log-line')));
    while (lines.childElementCount > MAX_LINES) {
      lines.firstElementChild?.remove();
      dropped.hidden = false;
    }
    if (complete.length > MAX_LINES) dropped.hidden = false;
    tail.replaceChildren(...spans(reader.tail()));
    showMessage();
    find.refresh();
    if (following) scroll();
    // An answer without progress means that the rest is not there yet; the next status asks again.
    if (upTo > from) ask();
  }

  function receiveError(node: string, reason: string): void {
    if (node !== shown?.node) return;
    asked = undefined;
    failure = reason;
    showMessage();
  }

  function scroll(): void {
    scroller.scrollTop = scroller.scrollHeight;
  }

  reset();
  return { element, update, receive, receiveError };
}

function emptyText(status: NodeStatus): WebviewStringKey {
  if (status.state === 'cached') return 'log.cached';
  if (status.state === 'running') return 'log.running';
  return status.started === undefined ? 'log.notBuilt' : 'log.empty';
}

function drawLine(line: AnsiLine, style: string): HTMLElement {
  return h('div', { class: style }, ...spans(line));
}

function spans(line: AnsiLine): readonly Node[] {
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

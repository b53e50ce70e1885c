/** The inspector's log: fetched piece by piece while it is looked at, coloured, following its end. */
import type { WebviewStringKey } from '../../proto/messages/webview-strings';
import type { GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { AnsiReader } from './ansi';
import { createLogLines } from './log-lines';
import { createLogSearch } from './log-search';
import { drawSpans } from './log-spans';
import { button, h, setText } from '../dom';
import type { Texts } from '../picture/texts';

/** So many lines are kept; the beginning of longer logs is dropped. */
export const MAX_LINES = 50_000;
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
  );
  const lines = createLogLines(scroller, MAX_LINES);
  scroller.append(lines.element, tail);
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
    if (following) scroll();
    else lines.draw();
  });

  function reset(): void {
    reader = new AnsiReader();
    next = 0;
    asked = undefined;
    failure = undefined;
    following = true;
    lines.clear();
    find.clear();
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
    lines.append(complete);
    dropped.hidden = lines.first() === 0;
    tail.replaceChildren(...drawSpans(reader.tail()));
    showMessage();
    find.refresh();
    if (following) scroll();
    else lines.draw();
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
    // What has been drawn is as high as it is, not as was thought, and so the end moves.
    for (let pass = 0, height = -1; pass < 5 && height !== scroller.scrollHeight; pass++) {
      height = scroller.scrollHeight;
      scroller.scrollTop = height;
      lines.draw();
    }
  }

  reset();
  return { element, update, receive, receiveError };
}

function emptyText(status: NodeStatus): WebviewStringKey {
  if (status.state === 'cached') return 'log.cached';
  if (status.state === 'running') return 'log.running';
  return status.started === undefined ? 'log.notBuilt' : 'log.empty';
}

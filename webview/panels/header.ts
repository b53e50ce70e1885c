/** The bar above the graph: file, counts, builder, build and what can be done about them. */
import type { ViewContext, WebviewCommand } from '../../proto/messages/webview';
import { button, h, setAttribute, setText, svg } from '../dom';
import { displayText } from '../picture/display-text';
import type { Icon } from '../picture/appearance';
import type { NextBuild } from '../picture/figures-line';
import { el } from '../picture/scene';
import { paintPrediction } from '../picture/svg-painter';
import type { Texts } from '../picture/texts';

export type Header = {
  readonly element: HTMLElement;
  readonly update: (
    context: ViewContext | undefined,
    counts: string,
    next: NextBuild | undefined,
  ) => void;
};

const icons = {
  build: { stroke: 'M4.5 3.2v9.6L13 8Z' },
  debug: {
    stroke:
      'M5 6.2a3 3 0 0 1 6 0v3.6a3 3 0 0 1-6 0ZM5 8H2M11 8h3M5 5.6 3 4M11 5.6 13 4M5 10.6 3 12.4M11 10.6l2 1.8M6 3.4l1-1.4M10 3.4 9 2',
  },
  stop: { fill: 'M4 4h8v8H4Z' },
  builder: { stroke: 'M2.5 3.5h11v4h-11ZM2.5 8.5h11v4h-11ZM5 5.5h.01M5 10.5h.01' },
} as const satisfies Record<string, Icon>;

/** @param showNext looks for the steps that the news of the next build is about */
export function createHeader(
  texts: Texts,
  run: (command: WebviewCommand) => void,
  showNext: (query: string) => void,
): Header {
  const title = h('h1', { class: 'file' });
  const counts = h('span', { class: 'counts' });
  const builderText = h('span', {});
  const builder = button({
    class: 'chip builder',
    drawing: icons.builder,
    onClick: () => run('selectBuilder'),
  });
  builder.append(builderText);
  const buildText = h('span', {});
  const state = h('span', { class: 'chip build-state' }, h('span', { class: 'lamp' }), buildText);
  let foretold: NextBuild['outcome'] = 'unknown';
  let query = '';
  const nextText = h('span', {});
  const nextSign = h('span', { class: 'next-sign' });
  const next = button({ class: 'chip next', onClick: () => showNext(query) });
  next.append(nextSign, nextText);
  next.hidden = true;
  const action = (command: 'build' | 'debug' | 'stop', style: string): HTMLButtonElement =>
    button({
      class: `action ${style}`,
      text: texts(`action.${command}`),
      // What it says where there is room for its sign only.
      label: texts(`action.${command}`),
      drawing: icons[command],
      onClick: () => run(command),
    });
  const build = action('build', 'primary');
  const debug = action('debug', 'secondary');
  const stop = action('stop', 'secondary');
  const actions = h(
    'div',
    { class: 'actions', role: 'toolbar', 'aria-label': texts('header.actions') },
    build,
    debug,
    stop,
  );
  const element = h(
    'header',
    { class: 'header' },
    h('div', { class: 'about' }, title, counts),
    h('div', { class: 'tools' }, next, state, builder, actions),
  );

  return {
    element,
    update(context, countsText, nextBuild) {
      next.hidden = nextBuild === undefined;
      if (nextBuild !== undefined) {
        if (foretold !== nextBuild.outcome || nextSign.childElementCount === 0)
          nextSign.replaceChildren(
            svg(16, '0 0 16 16', el('g', {}, [paintPrediction(nextBuild.outcome, 0, 0)])),
          );
        foretold = nextBuild.outcome;
        query = nextBuild.query;
        setAttribute(next, 'data-outcome', foretold);
        setText(nextText, nextBuild.short);
        const whole = texts('prediction.show', nextBuild.whole);
        setAttribute(next, 'title', whole);
        setAttribute(next, 'aria-label', `${nextBuild.short}. ${whole}`);
      }
      setText(counts, countsText);
      setAttribute(counts, 'title', countsText);
      setAttribute(element, 'data-loading', context === undefined);
      if (context === undefined) {
        for (const each of [build, debug, stop, builder]) each.disabled = true;
        return;
      }
      const file = displayText(context.title);
      setText(title, file);
      setAttribute(title, 'title', file);
      const { state: reached, text } = context.builder;
      const name =
        reached === 'unavailable' ? texts('header.builder.none') : displayText(text) || '…';
      setText(builderText, name);
      setAttribute(builder, 'title', displayText(text));
      setAttribute(builder, 'aria-label', texts('header.builder', name));
      setAttribute(builder, 'data-state', reached);
      setAttribute(state, 'data-state', context.build.state);
      const buildWords = displayText(context.build.text) || texts(`build.${context.build.state}`);
      setText(buildText, buildWords);
      setAttribute(state, 'title', buildWords);
      actions.hidden = context.lookOnly === true;
      const busy = context.build.state === 'running' || context.build.state === 'stopped';
      const able = context.trusted && reached !== 'unavailable';
      builder.disabled = !context.trusted;
      stop.disabled = false;
      // A button that goes away must not take the keyboard focus with it.
      const focused = document.activeElement;
      build.disabled = debug.disabled = !able;
      build.hidden = debug.hidden = busy;
      stop.hidden = !busy;
      if (focused === stop && !busy) build.focus();
      else if ((focused === build || focused === debug) && busy) stop.focus();
    },
  };
}

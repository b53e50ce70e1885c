/**
 * Two builds side by side, below the graph: each step that differs for itself, why, and what ran
 * again because of it. The graph dims everything else meanwhile.
 */
import type { BuildComparison, ComparedCause, ComparedStep } from '../../proto/messages/webview';
import type { NodeId } from '../../proto/model/build-graph';
import { button, h, setText } from '../dom';
import { displayText, titleOf } from '../picture/display-text';
import { reasonText } from '../picture/reason-text';
import { counted } from '../picture/texts';
import type { Texts } from '../picture/texts';
import { durationText } from '../picture/units';
import { sameValue } from '../../proto/model/same-value';

export type ComparePanel = {
  readonly element: HTMLElement;
  /** @param selected the step that is marked as chosen, if the panel names it */
  readonly update: (comparison: BuildComparison | undefined, selected: NodeId | undefined) => void;
};

/** More steps than this that differ because of one are counted only. */
const MOST_NAMED = 12;

/** Beside the words, so that colour is never the only sign. */
const signs = { added: '+', changed: '~', unexplained: '!', removed: '−' } as const;

export function createComparePanel(
  texts: Texts,
  events: {
    readonly select: (node: NodeId) => void;
    readonly close: () => void;
    /** Two other builds are to be compared. */
    readonly other: () => void;
  },
): ComparePanel {
  const heading = h('h2', {}, texts('compare.region'));
  const totals = h('p', { class: 'compare-totals' });
  const list = h('ol', { class: 'causes' });
  const element = h(
    'section',
    { class: 'timeline compare', id: 'compare', 'aria-label': texts('compare.region') },
    h(
      'div',
      { class: 'timeline-head compare-head' },
      heading,
      totals,
      button({ class: 'link', text: texts('compare.other'), onClick: events.other }),
      button({
        class: 'quiet',
        label: texts('action.closeCompare'),
        drawing: { stroke: 'M3.5 3.5l9 9M12.5 3.5l-9 9' },
        onClick: events.close,
      }),
    ),
    h('div', { class: 'timeline-scroller' }, list),
  );
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    events.close();
    event.preventDefault();
  });
  let shown: BuildComparison | undefined;

  const stepName = ({ node, name }: ComparedStep, text = displayText(name)): HTMLElement =>
    node === undefined
      ? h('span', {}, text)
      : button({ class: 'link', text, onClick: () => events.select(node) });

  function causeItem({ step, kind, reasons, affected, duration }: ComparedCause): HTMLElement {
    const named = affected.slice(0, MOST_NAMED);
    const item = h(
      'li',
      { class: 'cause', 'data-kind': kind },
      h(
        'p',
        { class: 'cause-head' },
        h('span', { class: 'cause-sign', 'aria-hidden': 'true' }, signs[kind]),
        h('span', { class: 'cause-name' }, stepName(step)),
        h('span', { class: 'cause-kind' }, texts(`compare.${kind}`)),
        duration === 0 ? undefined : h('span', { class: 'numbers' }, durationText(duration, texts)),
      ),
      h('ul', {}, ...reasons.map((reason) => h('li', {}, displayText(reasonText(reason, texts))))),
      affected.length === 0
        ? undefined
        : h(
            'p',
            { class: 'cause-affected' },
            h(
              'span',
              { class: 'relation-kind' },
              counted(texts, 'compare.affected', affected.length),
            ),
            ...named.map((one) => stepName(one, shortName(one))),
            affected.length === named.length
              ? undefined
              : h('span', {}, texts('compare.more', affected.length - named.length)),
          ),
    );
    if (step.node !== undefined) item.dataset['cause'] = step.node;
    return item;
  }

  return {
    element,
    update(comparison, selected) {
      if (!sameValue(comparison, shown)) {
        shown = comparison;
        const { causes = [], removed = [] } = comparison ?? {};
        list.replaceChildren(
          ...causes.map(causeItem),
          ...removed.map((name) =>
            h(
              'li',
              { class: 'cause', 'data-kind': 'removed' },
              h(
                'p',
                { class: 'cause-head' },
                h('span', { class: 'cause-sign', 'aria-hidden': 'true' }, signs.removed),
                h('span', { class: 'cause-name' }, displayText(name)),
                h('span', { class: 'cause-kind' }, texts('compare.removed')),
              ),
            ),
          ),
        );
        if (list.childElementCount === 0)
          list.append(h('li', { class: 'cause' }, nothingText(comparison, texts)));
        if (comparison === undefined) return;
        setText(heading, headingText(comparison, texts));
        setText(totals, totalsText(comparison, texts));
      }
      for (const item of list.querySelectorAll<HTMLElement>('[data-cause]'))
        item.classList.toggle('chosen', item.dataset['cause'] === selected);
    },
  };
}

/** As on its card. */
function shortName({ name }: ComparedStep): string {
  const { keyword, rest } = titleOf(name, 'exec');
  return `${keyword} ${rest}`.trim();
}

const nothingText = (comparison: BuildComparison | undefined, texts: Texts): string =>
  texts(comparison !== undefined && isPlanned(comparison) ? 'compare.same' : 'compare.nothing');

const isPlanned = ({ later }: BuildComparison): boolean => later === undefined;

/** Which two are compared; builds are known by when they were over. */
function headingText({ earlier, later }: BuildComparison, texts: Texts): string {
  const before = new Date(earlier);
  if (later === undefined) return texts('compare.now', before.toLocaleString());
  const after = new Date(later);
  const sameDay = after.toDateString() === before.toDateString();
  return texts(
    'compare.builds',
    after.toLocaleString(),
    sameDay ? before.toLocaleTimeString() : before.toLocaleString(),
  );
}

function totalsText({ causes, cached }: BuildComparison, texts: Texts): string {
  const again = causes.reduce((sum, { affected }) => sum + 1 + affected.length, 0);
  const duration = causes.reduce((sum, cause) => sum + cause.duration, 0);
  return [
    ...(again === 0 ? [] : [counted(texts, 'compare.again', again)]),
    ...(duration === 0 ? [] : [durationText(duration, texts)]),
    texts('summary.cached', cached),
  ].join(' · ');
}

/** The panel that says what part of the graph is drawn, and how: direction, stages, runs, focus. */
import { saveFormats } from '../../proto/messages/webview';
import type { SaveFormat } from '../../proto/messages/webview';
import type { BuildGraph } from '../../proto/model/build-graph';
import { button, h, setAttribute, setText } from '../dom';
import type { Direction } from '../picture/layout';
import type { Texts } from '../picture/texts';
import { closedStages, WAYS } from '../picture/view';
import type { View, ViewChoices } from '../picture/view';
import { platformsOf } from '../picture/view/focus';

export type ViewMenu = {
  readonly element: HTMLElement;
  readonly update: (
    graph: BuildGraph,
    view: View,
    choices: ViewChoices,
    direction: Direction,
    /** Whether two steps have been selected one after the other. */
    hasTwo: boolean,
  ) => void;
};

export type ViewMenuEvents = {
  readonly choose: (choices: ViewChoices) => void;
  readonly turn: (direction: Direction) => void;
  /** What is so many edges from the selected step; everything for 0, or {@link NEAR}, {@link WAYS}. */
  readonly focus: (hops: number) => void;
  readonly save: (format: SaveFormat) => void;
};

/** Instead of a number of hops: the steps nearest the result. */
export const NEAR = -1;
/** The ways to the selected step from the one that was selected before. */
export const BETWEEN = -3;
/** How far a focus may reach. */
const MOST_HOPS = 6;

export function createViewMenu(texts: Texts, events: ViewMenuEvents): ViewMenu {
  let choices: ViewChoices = { stages: {} };
  let graph: BuildGraph | undefined;

  const radio = (direction: Direction): HTMLInputElement => {
    const input = h('input', { type: 'radio', name: 'direction', value: direction });
    input.addEventListener('change', () => events.turn(direction));
    return input;
  };
  const directions = { down: radio('down'), right: radio('right') };
  const box = (choose: (on: boolean) => ViewChoices): HTMLInputElement => {
    const input = h('input', { type: 'checkbox' });
    input.addEventListener('change', () => events.choose(choose(input.checked)));
    return input;
  };
  const runs = box((on) => ({ ...choices, runs: on }));
  const implied = box((on) => ({ ...choices, implied: on }));
  const stagesButton = (open: boolean): HTMLButtonElement => {
    const element = h(
      'button',
      { type: 'button', class: 'action secondary' },
      texts(open ? 'view.openStages' : 'view.closeStages'),
    );
    element.addEventListener('click', () => {
      const stages = Object.fromEntries((graph?.groups ?? []).map(({ id }) => [id, open]));
      events.choose({ ...choices, stages });
    });
    return element;
  };
  const stages = h('div', { class: 'view-row' }, stagesButton(true), stagesButton(false));
  const near = h('option', { value: NEAR });
  const hops = h('select', { class: 'view-select' }, near);
  for (let count = 0; count <= MOST_HOPS; count += 1)
    hops.append(
      h(
        'option',
        { value: count },
        count === 0
          ? texts('view.focus.none')
          : texts(count === 1 ? 'view.focus.one' : 'view.focus.other', count),
      ),
    );
  const between = h('option', { value: BETWEEN }, texts('view.focus.between'));
  hops.append(h('option', { value: WAYS }, texts('view.focus.ways')), between);
  hops.addEventListener('change', () => events.focus(Number(hops.value)));
  const platform = h('select', { class: 'view-select' });
  platform.addEventListener('change', () => {
    events.choose({ ...choices, platform: platform.value || undefined });
  });
  const line = (control: HTMLElement, text: string): HTMLElement =>
    h('label', { class: 'view-line' }, control, h('span', {}, text));
  const field = (control: HTMLElement, text: string): HTMLElement =>
    h('label', { class: 'view-field' }, h('span', {}, text), control);
  const runsLine = line(runs, texts('view.runs'));
  const impliedLine = line(implied, texts('view.implied'));
  const platformField = field(platform, texts('details.platform'));

  const element = h(
    'div',
    {
      class: 'legend view-menu',
      id: 'view-menu',
      role: 'region',
      'aria-label': texts('action.view'),
    },
    h(
      'fieldset',
      {},
      h('legend', {}, texts('view.direction')),
      line(directions.down, texts('view.down')),
      line(directions.right, texts('view.right')),
    ),
    stages,
    runsLine,
    impliedLine,
    field(hops, texts('view.focus')),
    platformField,
    h(
      'div',
      { class: 'view-row', role: 'group', 'aria-label': texts('view.save') },
      h('span', { class: 'view-save' }, texts('view.save')),
      ...saveFormats.map((format) =>
        button({
          class: 'action secondary',
          text: format.toUpperCase(),
          onClick: () => events.save(format),
        }),
      ),
    ),
    h('p', { class: 'hint' }, texts('view.help')),
  );

  return {
    element,
    update(next, view, now, direction, hasTwo) {
      graph = next;
      choices = now;
      for (const each of ['down', 'right'] as const) directions[each].checked = each === direction;
      runs.checked = view.runs;
      implied.checked = view.implied;
      const named = next.groups.filter(({ kind }) => kind !== 'role');
      stages.hidden = named.length === 0;
      const closed = closedStages(next, now).size;
      const [open, close] = stages.querySelectorAll('button');
      if (open !== undefined) open.disabled = closed === 0;
      if (close !== undefined) close.disabled = closed === named.length;
      const large = view.large;
      near.hidden = near.disabled = !large;
      setText(near, texts('view.focus.near', Math.min(view.most, next.nodes.length)));
      between.disabled = !hasTwo && now.focus?.from === undefined;
      hops.value = String(hopsOf(now) ?? (large && view.most < next.nodes.length ? NEAR : 0));
      const platforms = platformsOf(next);
      platformField.hidden = platforms.length < 2;
      const wanted = platforms.join('\n');
      if (platform.dataset['platforms'] !== wanted) {
        setAttribute(platform, 'data-platforms', wanted);
        platform.replaceChildren(
          h('option', { value: '' }, texts('view.platforms.all')),
          ...platforms.map((each) => h('option', { value: each }, each)),
        );
      }
      platform.value = now.platform ?? '';
    },
  };
}

/** What the list of parts stands at. */
function hopsOf({ focus }: ViewChoices): number | undefined {
  return focus?.from === undefined ? focus?.hops : BETWEEN;
}

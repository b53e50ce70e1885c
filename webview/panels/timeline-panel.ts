/** The timeline below the graph: bars in lanes, sharing the selection with the graph. */
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import { button, h, setAttribute } from '../dom';
import { nodeLabel, statusOf } from '../picture/describe';
import { displayText } from '../picture/display-text';
import type { Texts } from '../picture/texts';
import { laneKinds, ticks, timelineOf } from '../picture/timeline';
import type { Bar, LaneKind, Timeline } from '../picture/timeline';
import { durationText } from '../picture/units';
import { sideBySide } from '../picture/view';
import { platformsOf } from '../picture/view/focus';

export type TimelinePanel = {
  readonly element: HTMLElement;
  /** Draws what ran; nothing is done while the panel is hidden. */
  readonly update: (graph: BuildGraph, selected: NodeId | undefined, now: number) => void;
  /** What was chosen to make the lanes. */
  readonly lanes: () => LaneKind;
  readonly setLanes: (by: LaneKind) => void;
};

/** More bars than this are too many elements: the longest are drawn. */
const MOST_BARS = 350;
/** Pixels between two marks of the axis, about. */
const MARK = 110;
const ZOOM = { least: 1, most: 64 } as const;
/** A shorter wait is not worth a line, in milliseconds. */
const LEAST_WAIT = 20;

export function createTimelinePanel(
  texts: Texts,
  events: {
    readonly select: (node: NodeId) => void;
    readonly close: () => void;
    readonly lanesChosen: () => void;
  },
): TimelinePanel {
  const totals = h('p', { class: 'timeline-totals' });
  const axis = h('div', { class: 'timeline-axis', 'aria-hidden': 'true' });
  const lanes = h('div', { class: 'timeline-lanes' });
  const sheet = h('div', { class: 'timeline-sheet' }, axis, lanes);
  const scroller = h('div', { class: 'timeline-scroller' }, sheet);
  const options = new Map(
    laneKinds.map((kind) => [kind, h('option', { value: kind }, texts(`timeline.by.${kind}`))]),
  );
  const choice = h('select', { class: 'view-select' }, ...options.values());
  const element = h(
    'section',
    { class: 'timeline', id: 'timeline', 'aria-label': texts('timeline.region') },
    h(
      'div',
      { class: 'timeline-head' },
      h('h2', {}, texts('timeline.region')),
      totals,
      h(
        'label',
        { class: 'timeline-lanes-choice', title: texts('timeline.by.help') },
        h('span', {}, texts('timeline.by')),
        choice,
      ),
      button({
        class: 'quiet',
        label: texts('action.closeTimeline'),
        drawing: { stroke: 'M3.5 3.5l9 9M12.5 3.5l-9 9' },
        onClick: events.close,
      }),
    ),
    scroller,
  );
  let by: LaneKind = 'stage';
  let zoom: number = ZOOM.least;
  let last: { graph: BuildGraph; selected: NodeId | undefined; now: number } | undefined;
  let shown = '';

  scroller.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      // What is below the pointer stays there.
      const at = event.clientX - scroller.getBoundingClientRect().left;
      const share = (scroller.scrollLeft + at) / sheet.offsetWidth;
      zoomTo(zoom * (event.deltaY < 0 ? 1.25 : 0.8));
      scroller.scrollLeft = share * sheet.offsetWidth - at;
    },
    { passive: false },
  );
  choice.addEventListener('change', () => {
    setLanes(laneKinds.find((kind) => kind === choice.value) ?? 'stage');
    events.lanesChosen();
  });
  element.addEventListener('keydown', (event) => {
    // The list of what makes the lanes has arrows of its own.
    if (event.target === choice && event.key !== 'Escape') return;
    if (event.key === '+' || event.key === '=') zoomTo(zoom * 1.25);
    else if (event.key === '-') zoomTo(zoom * 0.8);
    else if (event.key === '0') zoomTo(ZOOM.least);
    else if (event.key === 'Escape') events.close();
    else if (event.key === 'ArrowRight' || event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') step(-1);
    else return;
    event.preventDefault();
  });

  function zoomTo(next: number): void {
    zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, next));
    sheet.style.width = `${zoom * 100}%`;
    if (last !== undefined) update(last.graph, last.selected, last.now);
  }

  function setLanes(next: LaneKind): void {
    by = next;
    if (last !== undefined) update(last.graph, last.selected, last.now);
  }

  /** One stop in the page's tab order; arrows go from bar to bar. */
  function step(by: 1 | -1): void {
    const bars = [...lanes.querySelectorAll<HTMLElement>('.bar')];
    const at = bars.findIndex((bar) => bar === document.activeElement);
    const next = bars[Math.min(bars.length - 1, Math.max(0, at + by))];
    next?.focus();
    const id = next?.dataset['bar'];
    if (id !== undefined) events.select(id);
  }

  function update(graph: BuildGraph, selected: NodeId | undefined, now: number): void {
    last = { graph, selected, now };
    if (element.hidden) return;
    const several = platformsOf(graph).length > 1;
    const platform = options.get('platform');
    if (platform !== undefined) platform.hidden = platform.disabled = !several;
    const kind = by === 'platform' && !several ? 'stage' : by;
    choice.value = kind;
    const timeline = timelineOf(sideBySide(graph), now, kind);
    showTotals(timeline === undefined ? [texts('timeline.empty')] : totalsOf(timeline, texts));
    if (timeline === undefined) {
      shown = '';
      lanes.replaceChildren();
      axis.replaceChildren();
      return;
    }
    const bars = timeline.lanes.flatMap(({ rows }) => rows.flat());
    const least = leastDuration(bars);
    const key = JSON.stringify([
      kind,
      zoom,
      scroller.clientWidth,
      timeline.duration,
      bars.map(({ node, state, from, to }) => [node.id, state, from, to]),
    ]);
    if (key !== shown) {
      shown = key;
      const focused = document.activeElement?.getAttribute('data-bar');
      const whole = Math.max(1, timeline.duration);
      const left = (time: number): string => `${(time / whole) * 100}%`;
      axis.replaceChildren(
        ...ticks(whole, (scroller.clientWidth * zoom) / MARK).map((mark) => {
          const line = h('span', { class: 'timeline-mark' }, durationText(mark, texts));
          line.style.left = left(mark);
          return line;
        }),
      );
      lanes.replaceChildren(
        ...timeline.lanes.map(({ name, rows }, index) => {
          const label =
            kind === 'slot'
              ? texts('timeline.slot', index + 1)
              : displayText(name ?? texts('timeline.other'));
          return h(
            'div',
            { class: 'lane', role: 'group', 'aria-label': label },
            h('p', { class: 'lane-name', 'aria-hidden': 'true' }, label),
            ...rows.map((row) =>
              h(
                'div',
                { class: 'lane-row' },
                ...row.flatMap((bar) =>
                  bar.to - bar.from < least ? [] : drawBar(bar, left, graph, now),
                ),
              ),
            ),
          );
        }),
      );
      if (typeof focused === 'string')
        for (const bar of lanes.querySelectorAll<HTMLElement>('.bar'))
          if (bar.dataset['bar'] === focused) bar.focus({ preventScroll: true });
    }
    const all = [...lanes.querySelectorAll<HTMLElement>('.bar')];
    const stop = all.find((bar) => bar.dataset['bar'] === selected) ?? all[0];
    for (const bar of all) {
      setAttribute(bar, 'aria-pressed', String(bar.dataset['bar'] === selected));
      setAttribute(bar, 'tabindex', bar === stop ? 0 : -1);
    }
  }

  /** Lines are broken between figures only. */
  function showTotals(figures: readonly string[]): void {
    if (totals.textContent === figures.join(' · ')) return;
    totals.replaceChildren(
      ...figures.flatMap((figure, index) => [
        ...(index === 0 ? [] : [' · ']),
        h('span', { class: 'timeline-figure' }, figure),
      ]),
    );
  }

  function drawBar(
    { node, state, from, to, joined, ready, critical, transfer }: Bar,
    left: (time: number) => string,
    graph: BuildGraph,
    now: number,
  ): readonly HTMLElement[] {
    const label = nodeLabel(node, statusOf(graph, node.id), undefined, now, texts);
    const element = h(
      'button',
      {
        type: 'button',
        class: [
          `bar state-${state}`,
          ...(critical ? ['critical'] : []),
          ...(transfer ? ['transfer'] : []),
          ...(joined ? ['joined'] : []),
        ].join(' '),
        'data-bar': node.id,
        'aria-label': critical ? `${label}, ${texts('node.critical')}` : label,
        title: label,
      },
      h('span', {}, displayText(node.name)),
    );
    element.style.left = left(from);
    element.style.width = left(to - from);
    element.addEventListener('click', () => events.select(node.id));
    if (from - ready < LEAST_WAIT) return [element];
    const wait = h('span', {
      class: 'bar-wait',
      title: texts('timeline.wait', durationText(from - ready, texts)),
    });
    wait.style.left = left(ready);
    wait.style.width = left(from - ready);
    return [wait, element];
  }

  return { element, update, lanes: () => by, setLanes };
}

/** What a bar must last to be among those that are drawn. */
function leastDuration(bars: readonly Bar[]): number {
  if (bars.length <= MOST_BARS) return 0;
  return bars.map(({ from, to }) => to - from).sort((a, b) => b - a)[MOST_BARS - 1] ?? 0;
}

function totalsOf(timeline: Timeline, texts: Texts): readonly string[] {
  const { duration, work, critical, transfer, steps, cached, saved } = timeline;
  return [
    texts('timeline.total', durationText(duration, texts)),
    texts('summary.critical', durationText(critical, texts)),
    texts('timeline.parallel', (work / Math.max(1, duration)).toFixed(1)),
    ...(transfer > 0 ? [texts('timeline.transfer', durationText(transfer, texts))] : []),
    texts('timeline.cached', cached, steps),
    ...(saved > 0 ? [texts('timeline.saved', durationText(saved, texts))] : []),
  ];
}

/**
 * The view's state and its rules: what arrives changes the model, the model is laid out and drawn,
 * and what people do goes back to the host.
 */
import type { SaveFormat, ToWebview, ViewContext, WebviewCommand } from '../proto/messages/webview';
import { emptyGraph } from '../proto/model/build-graph';
import type { BuildGraph, GraphPatch, GroupId, NodeId } from '../proto/model/build-graph';
import { applyPatch } from '../proto/model/graph-patch';
import { createAnnouncer } from './announcer';
import { setAttribute } from './dom';
import { acceptDrops } from './drop-target';
import { fileOf } from './file-of';
import { createComparePanel } from './panels/compare-panel';
import { createGraphTools } from './panels/graph-tools';
import { createGraphView } from './surface/graph-view';
import { createHeader } from './panels/header';
import type { Host } from './host';
import { createHoverCard } from './panels/hover-card';
import { createInspector } from './inspector/inspector';
import { createLayoutClient } from './layout-client';
import type { LayoutFiles } from './layout-client';
import { createLegend } from './panels/legend';
import { createNotices } from './panels/notices';
import { cardWidth } from './picture/card';
import { criticalPath } from './picture/critical-path';
import { statusOf } from './picture/describe';
import { figuresLine, nextBuild } from './picture/figures-line';
import { displayText } from './picture/display-text';
import { foremostOf } from './picture/foremost';
import { emptyLayout } from './picture/layout';
import type { Direction, Layout, LayoutInput } from './picture/layout';
import { layoutInput, sameLayoutInput } from './picture/layout-input';
import type { CardRoom } from './picture/layout-input';
import type { Picture } from './picture/painter';
import { differing, search } from './picture/search';
import type { Texts } from './picture/texts';
import { noChoices, sideBySide, viewOf, WAYS, withStatus } from './picture/view';
import type { Fold, View, ViewChoices } from './picture/view';
import { anotherPicture, steadyCamera } from './surface/steady-camera';
import { parseSavedState } from './saved-state';
import type { Camera, SavedState, Tab } from './saved-state';
import { createSearchBox } from './panels/search-box';
import { createPageFrame } from './page-frame';
import { SPLIT } from './panels/splitter';
import { canvasMeasure, watchFonts } from './text-measure';
import { createTimelinePanel } from './panels/timeline-panel';
import { BETWEEN, createViewMenu, NEAR } from './panels/view-menu';

/** Milliseconds a node that just came is marked as new. */
const FRESH = 6000;

/** A picture should be seen at no smaller a zoom than this, if it can be made narrow enough. */
const COMFORT = 0.8;

/** A choice of {@link ViewChoices.most}. */
const EVERY_STEP = Number.MAX_SAFE_INTEGER;

/** Above so many nodes the tidying engine takes longer than anyone waits. */
const MOST_TIDY = 150;

export type App = {
  readonly element: HTMLElement;
  readonly receive: (message: ToWebview) => void;
};

export function createApp(host: () => Host, texts: Texts, files: LayoutFiles): App {
  let graph: BuildGraph | undefined;
  let version = -1;
  let context: ViewContext | undefined;
  let layout: Layout = emptyLayout;
  let laidOut: LayoutInput | undefined;
  let layoutFailure: string | undefined;
  let selected: NodeId | undefined;
  /** Where the keyboard is, which stays when the selection is cleared. */
  let stop: NodeId | undefined;
  /** The step that was selected before that one. */
  let before: NodeId | undefined;
  let tab: Tab = 'details';
  let split: number = SPLIT.initial;
  let framed = false;
  /** The step that had the keyboard went into a closed stage, or came out of one. */
  let keepKeyboard = false;
  let restored: Camera | undefined;
  let wanted: NodeId | undefined;
  const fresh = new Map<NodeId, number>();
  let measure = canvasMeasure();
  let query = '';
  let choices: ViewChoices = noChoices;
  let direction: Direction = 'down';
  /** It stays while a graph is edited. */
  let cards: CardRoom | undefined;
  /** What is drawn of the graph; made anew when its shape changes. */
  let part: View = viewOf(emptyGraph, noChoices);
  let critical = false;
  let pending = 0;
  let picture: Picture | undefined;
  let ticking: ReturnType<typeof setInterval> | undefined;

  const run = (command: WebviewCommand): void => host().send({ type: 'command', command });
  const header = createHeader(texts, run, (query) => searchBox.open(query));
  const notices = createNotices(texts, run);
  const announcer = createAnnouncer(texts);
  const hoverCard = createHoverCard(texts);
  const view = createGraphView({
    select: (node, openSource) => select(node ?? undefined, openSource),
    toggle,
    closeStage: (group) => openStage(group, false),
    hover: (id, x, y) => {
      const node = id === undefined ? undefined : part.graph.nodes.find((each) => each.id === id);
      const steps = id === undefined ? undefined : part.folds.get(id)?.members.length;
      const step = node && { graph: part.graph, node, ...(steps === undefined ? {} : { steps }) };
      hoverCard.over(step, x, y);
    },
    showLog: (node) => {
      select(node, false);
      inspector.showTab('log');
      chooseTab('log');
    },
    cameraMoved: () => remember(),
    covered: () => searchBox.element.offsetTop + searchBox.element.offsetHeight,
    escape: () => {
      if (!legend.hidden || !menu.element.hidden) openPanel(undefined);
      else select(undefined, false);
    },
    key: (key) => {
      const act = keys.get(key.toLowerCase());
      act?.();
      return act !== undefined;
    },
  });
  const searchBox = createSearchBox(texts, {
    changed: (next) => {
      query = next;
      draw();
    },
    go: (step) => {
      const list = shownFound();
      if (list.length === 0) return;
      const at = selected === undefined ? -1 : list.indexOf(selected);
      const next = list[(at + step + list.length + (at < 0 && step < 0 ? 1 : 0)) % list.length];
      if (next === undefined) return;
      select(next, false);
      show(next);
    },
    closed: () => {
      if (stop !== undefined) view.focusNode(drawn(stop));
    },
  });
  /** Keys of the graph besides those that move about in it. */
  const keys: ReadonlyMap<string, () => void> = new Map([
    ['/', () => searchBox.open()],
    ['c', () => toggleCritical()],
    ['t', () => tidy()],
    ['g', () => toggleTimeline()],
    ['d', () => toggleCompare()],
    ['v', () => openPanel(menu.element.hidden === false ? undefined : 'view')],
    ['w', () => focusOn(choices.focus === undefined ? stop : undefined, WAYS)],
    ['f', () => focusOn(choices.focus === undefined ? stop : undefined, 2)],
  ]);
  const inspector = createInspector(texts, {
    select: (node) => {
      const fold = part.folds.get(part.holders.get(node) ?? '');
      if (fold !== undefined && fold.kind !== 'rest') unfold(fold);
      select(node, true);
      show(node);
    },
    showSource: () => {
      if (selected !== undefined) tellHost(selected, true);
    },
    close: () => {
      select(undefined, false);
      if (stop !== undefined) view.focusNode(drawn(stop));
    },
    tabChanged: chooseTab,
    send: (request) => host().send(request),
  });

  const legend = createLegend(texts);
  const menu = createViewMenu(texts, {
    choose: (next) => look(next),
    turn: (next) => {
      direction = next;
      look(choices, true);
    },
    save,
    focus: (hops) => {
      const all = { ...choices, focus: undefined };
      if (hops === NEAR) look({ ...all, most: undefined }, true);
      else if (hops === 0) {
        // Large graphs are wider than they are deep: turned, they fit a window better.
        if (part.large) direction = 'right';
        look({ ...all, most: EVERY_STEP }, true);
      } else if (hops === BETWEEN) focusOn(stop, WAYS, before);
      else focusOn(stop, hops);
    },
  });
  const timeline = createTimelinePanel(texts, {
    select: (node) => {
      select(node, true);
      view.reveal(drawn(node));
    },
    close: () => showBelow(undefined),
  });
  legend.hidden = menu.element.hidden = timeline.element.hidden = true;
  const compare = createComparePanel(texts, {
    select: (node) => {
      select(node, true);
      view.reveal(drawn(node));
    },
    close: () => showBelow(undefined),
    other: () => run('compareBuilds'),
  });
  compare.element.hidden = true;
  const tools = createGraphTools(texts, {
    zoomIn: () => view.zoomBy(1.25),
    zoomOut: () => view.zoomBy(0.8),
    fit: () => view.fit(),
    tidy,
    search: () => searchBox.open(),
    view: () => openPanel(menu.element.hidden === false ? undefined : 'view'),
    critical: toggleCritical,
    timeline: toggleTimeline,
    compare: toggleCompare,
    legend: () => openPanel(legend.hidden === false ? undefined : 'legend'),
  });
  tools.press('critical', false);
  tools.expand('timeline', false, 'timeline');
  tools.expand('compare', false, 'compare');
  openPanel(undefined);
  const frame = createPageFrame(
    texts,
    {
      header: header.element,
      notices: notices.element,
      announcer: announcer.element,
      surface: view.element,
      over: [legend, menu.element, searchBox.element, hoverCard.element, tools.element],
      below: [compare.element, timeline.element],
      inspector: inspector.element,
    },
    (share) => {
      split = share;
      remember();
    },
  );
  const { element } = frame;
  acceptDrops(element, (uris) => host().send({ type: 'drop', uris }));
  const failed = (reason: string): void => {
    layoutFailure = reason;
    draw();
  };
  const layouts = createLayoutClient(files, { done: arrived, untidy: failed, failed });

  watchFonts(() => {
    measure = canvasMeasure();
    draw();
  });
  draw();

  function receive(message: ToWebview): void {
    switch (message.type) {
      case 'snapshot':
        adopt(message.graph, message.version, message.context);
        break;
      case 'patch':
        patch(message.base, message.version, message.patch);
        break;
      case 'context':
        takeContext(message.context);
        draw();
        break;
      case 'select':
        selected = stop = message.node ?? undefined;
        wanted = message.reveal ? selected : undefined;
        draw();
        remember();
        revealWanted();
        break;
      case 'log':
      case 'logError':
      case 'layer':
      case 'layerError':
      case 'changes':
      case 'changesError':
      case 'times':
      case 'op':
      case 'opError':
        inspector.receive(message);
        break;
    }
  }

  /** A snapshot replaces everything; the view's own state is kept or, the first time, restored. */
  function adopt(next: BuildGraph, nextVersion: number, nextContext: ViewContext): void {
    const first = graph === undefined || context?.uri !== nextContext.uri;
    if (first) restore(nextContext.uri);
    graph = next;
    version = nextVersion;
    takeContext(nextContext);
    changed();
  }

  /** A comparison that was asked for opens as soon as it is there. */
  function takeContext(next: ViewContext): void {
    const before = context?.comparison;
    context = next;
    if (next.comparison === undefined) {
      if (!compare.element.hidden) showBelow(undefined);
    } else if (
      before?.later !== next.comparison.later ||
      before.earlier !== next.comparison.earlier
    )
      showBelow('compare');
  }

  function patch(base: number, nextVersion: number, change: GraphPatch): void {
    if (graph === undefined || base !== version) {
      // A gap: what was missed can only be had whole.
      if (graph === undefined || nextVersion > version) host().send({ type: 'resync' });
      return;
    }
    const known = new Set(graph.nodes.map((node) => node.id));
    graph = applyPatch(graph, change);
    version = nextVersion;
    const now = Date.now();
    if (known.size > 0)
      for (const { id } of graph.nodes) if (!known.has(id)) fresh.set(id, now + FRESH);
    if (fresh.size > 0) setTimeout(draw, FRESH + 50);
    changed(Object.keys(change).some((part) => part !== 'status'));
  }

  /** Asks for a layout if the shape changed, and draws what can be drawn at once. */
  function changed(shape = true): void {
    if (graph === undefined) return;
    const { status } = graph;
    if (!shape && ![...part.hidden].some((id) => status[id]?.state === 'failed')) {
      part = withStatus(part, graph);
      announcer.graphChanged(graph);
      drawSoon();
      return;
    }
    part = withStatus(viewOf(graph, choices), graph);
    const ids = new Set([...graph.nodes, ...part.graph.nodes].map((node) => node.id));
    if (selected !== undefined && !ids.has(selected)) selected = undefined;
    if (stop !== undefined && !ids.has(stop)) stop = undefined;
    if (before !== undefined && !ids.has(before)) before = undefined;
    announcer.graphChanged(graph);
    cards ??= cardRoom(graph);
    const input = layoutInput(part.graph, measure, layout, direction, cards);
    if (laidOut === undefined || !sameLayoutInput(input, laidOut)) {
      laidOut = input;
      layouts.request(input);
    }
    draw();
  }

  /** Asks the slow engine for the same picture; what is too large for it is laid out afresh. */
  function tidy(): void {
    if (graph === undefined) return;
    cards = cardRoom(graph);
    const input = layoutInput(part.graph, measure, undefined, direction, cards);
    laidOut = input;
    if (input.nodes.length <= MOST_TIDY && direction === 'down') layouts.tidy(input);
    else layouts.request(input);
  }

  function cardRoom(of: BuildGraph): CardRoom {
    const { width } = view.size();
    return { width: cardWidth(of, measure), room: width === 0 ? undefined : width / COMFORT };
  }

  function arrived(next: Layout): void {
    const before = layout;
    layout = next;
    layoutFailure = undefined;
    const camera = view.camera();
    draw();
    if (restored !== undefined) {
      view.restore(restored);
      restored = undefined;
      framed = true;
    } else if (
      layout.nodes.size > 0 &&
      (!framed || (!view.moved() && anotherPicture(before, next)))
    ) {
      view.frame();
      framed = true;
    } else {
      const anchor = selected === undefined ? undefined : drawn(selected);
      view.setCamera(steadyCamera(before, layout, camera, view.size(), anchor));
    }
    // Untouched, the page must still say at a reload which file it showed.
    remember();
    revealWanted();
  }

  function revealWanted(): void {
    if (wanted === undefined || !layout.nodes.has(drawn(wanted))) return;
    view.reveal(drawn(wanted));
    wanted = undefined;
  }

  function select(node: NodeId | undefined, openSource: boolean): void {
    if (node !== undefined && node !== stop) [before, stop] = [stop, node];
    if (node !== selected || openSource) {
      const opens = selected === undefined;
      selected = node;
      tellHost(node, openSource);
      draw();
      remember();
      // The panel that opens may cover what it is about.
      if (opens && node !== undefined) view.reveal(drawn(node));
    }
  }

  /** Where a step is drawn: in a closed stage or a run, or as itself. */
  function drawn(node: NodeId): NodeId {
    return part.holders.get(node) ?? node;
  }

  /** The host knows steps only: a closed stage is its first one. */
  function tellHost(node: NodeId | undefined, openSource: boolean): void {
    const step = node === undefined ? null : (part.folds.get(node)?.members[0] ?? node);
    host().send({ type: 'select', node: step, openSource });
  }

  /** Looks at the graph in another way. @param anew whether the camera begins anew as well */
  function look(next: ViewChoices, anew = false): void {
    choices = next;
    if (anew) {
      framed = false;
      layout = emptyLayout;
      cards = undefined;
    }
    changed();
    remember();
  }

  function toggle(node: NodeId): void {
    const fold = part.folds.get(node);
    if (fold !== undefined) {
      unfold(fold);
      const [first] = fold.members;
      if (first !== undefined) select(first, false);
    } else {
      const group = part.graph.nodes.find(({ id }) => id === node)?.group;
      if (group !== undefined) openStage(group, false);
    }
  }

  function unfold(fold: Fold): void {
    if (fold.kind === 'stage' && fold.group !== undefined) openStage(fold.group, true);
    else if (fold.kind === 'rest') look({ ...choices, most: 2 * part.most });
    else look({ ...choices, runs: false });
  }

  function openStage(group: GroupId, open: boolean): void {
    look({ ...choices, stages: { ...choices.stages, [group]: open } });
    keepKeyboard = true;
  }

  /** Brings a step into view; in a large graph that is what is near it. */
  function show(node: NodeId): void {
    if (part.folds.get(drawn(node))?.kind === 'rest') {
      wanted = node;
      focusOn(node, 1);
    } else view.reveal(drawn(node));
  }

  function focusOn(node: NodeId | undefined, hops: number, from?: NodeId): void {
    const step = node === undefined ? undefined : (part.folds.get(node)?.members[0] ?? node);
    const start = from === undefined ? {} : { from };
    const focus = step === undefined ? undefined : { node: step, hops, ...start };
    look({ ...choices, focus }, true);
  }

  /** Many changes of state become one drawing a frame; a hidden page draws when it is back. */
  function drawSoon(): void {
    if (pending !== 0) return;
    pending = requestAnimationFrame(draw);
  }

  function draw(): void {
    pending = 0;
    const now = Date.now();
    for (const [id, until] of fresh) if (until <= now) fresh.delete(id);
    const shown = graph ?? emptyGraph;
    const path = criticalPath(shown, now);
    header.update(
      context,
      figuresLine(shown, path.duration, texts, part.drawn),
      nextBuild(context, texts),
    );
    tools.offer('critical', path.nodes.length > 0);
    tools.offer('compare', context?.comparison !== undefined || comparable(context));
    const list = search(shown, query) ?? (compare.element.hidden ? undefined : differing(shown));
    searchBox.update(
      query === '' ? undefined : list?.length,
      selected === undefined ? -1 : (list?.indexOf(selected) ?? -1),
    );
    notices.update(context, shown.notes, layoutFailure);
    frame.fill(graph === undefined ? 'loading' : shown.nodes.length === 0 ? 'empty' : 'full');
    tools.element.hidden = shown.nodes.length === 0;
    menu.update(sideBySide(shown), part, choices, direction, before !== undefined);
    const standing = part.graph.nodes.find((node) => layout.nodes.has(node.id))?.id;
    const focusable = stop === undefined ? standing : drawn(stop);
    const steps = [...new Set(path.nodes.map(drawn))];
    picture = {
      graph: part.graph,
      folds: part.folds,
      live: true,
      foremost: foremostOf(part.graph, layout, part.folds),
      layout,
      selected: selected === undefined ? undefined : drawn(selected),
      focusable,
      fresh: new Set(fresh.keys()),
      found: list === undefined ? undefined : new Set([...list, ...list.map(drawn)]),
      critical: critical ? new Map(steps.map((id, index) => [id, steps[index - 1]])) : undefined,
      now,
      texts,
      measure,
    };
    view.draw(picture, texts('graph.label', displayText(context?.title ?? '')), direction);
    if (keepKeyboard && focusable !== undefined && layout.nodes.has(focusable)) {
      keepKeyboard = false;
      if (document.activeElement === document.body) view.focusNode(focusable);
    }
    setAttribute(view.element, 'data-layout', layout === emptyLayout ? undefined : 'done');
    timeline.update(shown, selected, now);
    compare.update(context?.comparison, selected);
    const node =
      shown.nodes.find((candidate) => candidate.id === selected) ??
      part.graph.nodes.find((candidate) => candidate.id === selected);
    frame.showInspector(node !== undefined);
    if (node !== undefined) {
      inspector.allow(context?.trusted === true && context.lookOnly !== true);
      const fold = part.folds.get(node.id);
      inspector.update(
        fold === undefined ? shown : { ...part.graph, nodes: [...shown.nodes, node] },
        node,
        now,
        fold,
      );
    }
    tick(shown.nodes.some(({ id }) => statusOf(shown, id).state === 'running'));
  }

  /** Running times go on while something runs. */
  function tick(running: boolean): void {
    if (running) ticking ??= setInterval(draw, 1000);
    else {
      clearInterval(ticking);
      ticking = undefined;
    }
  }

  const shownFound = (): readonly NodeId[] =>
    (graph === undefined ? undefined : search(graph, query)) ?? [];

  function toggleCritical(): void {
    critical = !critical;
    tools.press('critical', critical);
    draw();
  }

  function toggleTimeline(): void {
    showBelow(timeline.element.hidden ? 'timeline' : undefined);
  }

  /** The host is asked for a comparison that is not there yet. */
  function toggleCompare(): void {
    if (context?.comparison === undefined) run('whyMissed');
    else showBelow(compare.element.hidden ? 'compare' : undefined);
  }

  /** Only one panel at a time stands below the graph. */
  function showBelow(which: 'timeline' | 'compare' | undefined): void {
    timeline.element.hidden = which !== 'timeline';
    compare.element.hidden = which !== 'compare';
    tools.expand('timeline', which === 'timeline', 'timeline');
    tools.expand('compare', which === 'compare', 'compare');
    draw();
    const first = { timeline: '.bar[tabindex="0"]', compare: '.causes .link' };
    if (which !== undefined) {
      const panel = which === 'timeline' ? timeline.element : compare.element;
      panel.querySelector<HTMLElement>(first[which])?.focus();
    } else if (stop !== undefined) view.focusNode(drawn(stop));
  }

  /** Hands what is drawn to the host as a file. */
  function save(format: SaveFormat): void {
    if (picture === undefined) return;
    const data = fileOf(picture, format, context?.title ?? '');
    if (data !== undefined) host().send({ type: 'save', format, data });
  }

  /** Only one panel at a time lies over the graph. */
  function openPanel(which: 'legend' | 'view' | undefined): void {
    legend.hidden = which !== 'legend';
    menu.element.hidden = which !== 'view';
    tools.expand('legend', which === 'legend', 'legend');
    tools.expand('view', which === 'view', 'view-menu');
  }

  function chooseTab(next: Tab): void {
    tab = next;
    remember();
  }

  function remember(): void {
    if (context === undefined) return;
    const camera = framed && view.moved() ? view.camera() : restored;
    const state: SavedState = {
      v: 1,
      uri: context.uri,
      ...(camera === undefined ? {} : { camera }),
      ...(selected === undefined ? {} : { selected }),
      tab,
      split,
      direction,
      choices,
    };
    host().setState(state);
  }

  function restore(uri: string): void {
    const state = parseSavedState(host().state());
    framed = false;
    layout = emptyLayout;
    cards = undefined;
    selected = stop = before = restored = undefined;
    choices = noChoices;
    if (state?.uri !== uri) return;
    choices = state.choices ?? noChoices;
    direction = state.direction ?? 'down';
    restored = state.camera;
    selected = stop = state.selected;
    tab = state.tab;
    split = state.split;
    frame.split(split);
    inspector.showTab(tab);
  }

  return { element, receive };
}

/** Whether there is a finished build that may be compared with the one before it. */
const comparable = (context: ViewContext | undefined): boolean =>
  context !== undefined &&
  context.trusted &&
  context.lookOnly !== true &&
  ['succeeded', 'failed'].includes(context.build.state);

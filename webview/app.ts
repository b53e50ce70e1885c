/**
 * The view's state and its rules: what arrives changes the model, the model is laid out and drawn,
 * and what people do goes back to the host.
 */
import type { SaveFormat, ToWebview, ViewContext, WebviewCommand } from '../proto/messages/webview';
import { emptyGraph } from '../proto/model/build-graph';
import type { BuildGraph, NodeId } from '../proto/model/build-graph';
import { createAnnouncer } from './announcer';
import { Arrangement } from './arrangement';
import type { Subject } from './arrangement';
import { setAttribute } from './dom';
import { acceptDrops } from './drop-target';
import { fileOf } from './file-of';
import type { ActionName } from './graph-actions';
import { FRESH, GraphCopy } from './graph-copy';
import { createComparePanel } from './panels/compare-panel';
import { createGraphTools } from './panels/graph-tools';
import { createGraphView } from './surface/graph-view';
import { createHeader } from './panels/header';
import type { Host } from './host';
import { createHoverCard } from './panels/hover-card';
import { createInspector } from './inspector/inspector';
import type { LayoutFiles } from './layout-client';
import { createLegend } from './panels/legend';
import { createNotices } from './panels/notices';
import { createOpenPanels } from './panels/open-panels';
import { Looks } from './looks';
import { criticalPath } from './picture/critical-path';
import { statusOf } from './picture/describe';
import { figuresLine, nextBuild } from './picture/figures-line';
import { displayText } from './picture/display-text';
import { foremostOf } from './picture/foremost';
import type { Picture } from './picture/painter';
import { differing, search } from './picture/search';
import type { Texts } from './picture/texts';
import { sideBySide, WAYS } from './picture/view';
import { parseSavedState } from './saved-state';
import type { SavedState, Tab } from './saved-state';
import { createSearchBox } from './panels/search-box';
import { createPageFrame } from './page-frame';
import { SPLIT } from './panels/splitter';
import { canvasMeasure, watchFonts } from './text-measure';
import { createTimelinePanel } from './panels/timeline-panel';
import { createViewMenu } from './panels/view-menu';

export type App = {
  readonly element: HTMLElement;
  readonly receive: (message: ToWebview) => void;
};

export function createApp(host: () => Host, texts: Texts, files: LayoutFiles): App {
  const copy = new GraphCopy();
  const looks = new Looks({
    changed: (anew) => looksChanged(anew),
    stageOpened: () => {
      keepKeyboard = true;
    },
  });
  let context: ViewContext | undefined;
  let selected: NodeId | undefined;
  /** Where the keyboard is, which stays when the selection is cleared. */
  let stop: NodeId | undefined;
  /** The step that was selected before that one. */
  let before: NodeId | undefined;
  let tab: Tab = 'details';
  let split: number = SPLIT.initial;
  /** What had the keyboard went into a closed stage, came out of one, or is drawn anew. */
  let keepKeyboard = false;
  let wanted: NodeId | undefined;
  let measure = canvasMeasure();
  let query = '';
  let critical = false;
  let pending = 0;
  let picture: Picture | undefined;
  let ticking: ReturnType<typeof setInterval> | undefined;

  const run = (command: WebviewCommand): void => host().send({ type: 'command', command });
  const header = createHeader(texts, run, (query) => openSearch(query));
  const notices = createNotices(texts, run);
  const announcer = createAnnouncer(texts);
  const hoverCard = createHoverCard(texts);
  const view = createGraphView({
    select: (node, openSource) => select(node ?? undefined, openSource),
    toggle,
    closeStage: (group) => looks.openStage(group, false),
    hover: (id, x, y) => {
      const node = id === undefined ? undefined : part().nodes.find((each) => each.id === id);
      const steps = id === undefined ? undefined : looks.foldAt(id)?.members.length;
      const step = node && { graph: part(), node, ...(steps === undefined ? {} : { steps }) };
      hoverCard.over(step, x, y);
    },
    cameraMoved: () => remember(),
    covered: () => ({
      above: searchBox.element.offsetTop + searchBox.element.offsetHeight,
      below: view.size().height - tools.element.offsetTop,
    }),
    act,
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
      toKeyboardPlace();
    },
  });
  /** What the table of actions does; a step is the one that has the keyboard. */
  const acts: Readonly<Record<ActionName, (step: NodeId | undefined) => void>> = {
    zoomIn: () => view.zoomBy(1.25),
    zoomOut: () => view.zoomBy(0.8),
    fit: () => view.fit(),
    tidy,
    search: () => openSearch(),
    view: () => panels.toggleOver('view'),
    critical: toggleCritical,
    timeline: () => panels.toggleBelow('timeline'),
    compare: toggleCompare,
    legend: () => panels.toggleOver('legend'),
    toggle: (step) => step !== undefined && toggle(step),
    log: (step) => step !== undefined && showLog(step),
    near: (step) => looks.focusOn(looks.choices.focus === undefined ? step : undefined, 2),
    ways: (step) => looks.focusOn(looks.choices.focus === undefined ? step : undefined, WAYS),
    escape: () => panels.closeOver() || select(undefined, false),
  };
  const inspector = createInspector(texts, {
    select: (node) => {
      looks.bringOut(node);
      select(node, true);
      show(node);
    },
    showSource: () => {
      if (selected !== undefined) tellHost(selected, true);
    },
    close: () => {
      select(undefined, false);
      toKeyboardPlace();
    },
    tabChanged: chooseTab,
    send: (request) => host().send(request),
  });

  const legend = createLegend(texts);
  const menu = createViewMenu(texts, {
    choose: (next) => looks.choose(next),
    turn: (next) => looks.turn(next),
    save,
    focus: (hops) => looks.reach(hops, stop, before),
  });
  const timeline = createTimelinePanel(texts, {
    select: (node) => {
      select(node, true);
      view.reveal(looks.drawn(node));
    },
    close: () => panels.showBelow(undefined),
    lanesChosen: () => remember(),
  });
  const compare = createComparePanel(texts, {
    select: (node) => {
      select(node, true);
      view.reveal(looks.drawn(node));
    },
    close: () => panels.showBelow(undefined),
    other: () => run('compareBuilds'),
  });
  const tools = createGraphTools(texts, (tool) => act(tool, stop));
  tools.press('critical', false);
  const panels = createOpenPanels(
    tools,
    { legend, view: menu.element, timeline: timeline.element, compare: compare.element },
    { changed: draw, closedBelow: toKeyboardPlace },
  );
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
  const arrangement = new Arrangement(view, files, {
    draw,
    arrived: () => {
      // Untouched, the page must still say at a reload which file it showed.
      remember();
      revealWanted();
    },
    anchor: () => (selected === undefined ? undefined : looks.drawn(selected)),
  });

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
      case 'patch': {
        const { base, version, patch } = message;
        const done = copy.patch(base, version, patch, Date.now());
        if (done.kind === 'gap') host().send({ type: 'resync' });
        if (done.kind !== 'applied') break;
        if (done.shape && copy.fresh(Date.now()).size > 0) setTimeout(draw, FRESH + 50);
        changed(done.shape);
        break;
      }
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
    const first = copy.current === undefined || context?.uri !== nextContext.uri;
    if (first) restore(nextContext.uri);
    copy.replace(next, nextVersion);
    takeContext(nextContext);
    changed();
  }

  /** A comparison that was asked for opens as soon as it is there. */
  function takeContext(next: ViewContext): void {
    const before = context?.comparison;
    context = next;
    if (next.comparison === undefined) {
      if (panels.isOpen('compare')) panels.showBelow(undefined);
    } else if (
      before === undefined ||
      before.later !== next.comparison.later ||
      before.earlier !== next.comparison.earlier
    )
      panels.showBelow('compare');
  }

  /** Asks for a layout if the shape changed, and draws what can be drawn at once. */
  function changed(shape = true): void {
    const graph = copy.current;
    if (graph === undefined) return;
    if (!shape && looks.takeStatus(graph)) {
      announcer.graphChanged(graph);
      drawSoon();
      return;
    }
    looks.take(graph);
    const ids = new Set([...graph.nodes, ...part().nodes].map((node) => node.id));
    if (selected !== undefined && !ids.has(selected)) selected = undefined;
    if (stop !== undefined && !ids.has(stop)) stop = undefined;
    if (before !== undefined && !ids.has(before)) before = undefined;
    announcer.graphChanged(graph);
    arrangement.follow(subject(graph));
    draw();
  }

  function subject(whole: BuildGraph): Subject {
    return { whole, part: part(), direction: looks.direction, measure };
  }

  function tidy(): void {
    if (copy.current !== undefined) arrangement.tidy(subject(copy.current));
  }

  function revealWanted(): void {
    if (wanted === undefined || !arrangement.layout.nodes.has(looks.drawn(wanted))) return;
    view.reveal(looks.drawn(wanted));
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
      if (opens && node !== undefined) view.reveal(looks.drawn(node));
    }
  }

  /** The host knows steps only: a closed stage is its first one. */
  function tellHost(node: NodeId | undefined, openSource: boolean): void {
    const step = node === undefined ? null : looks.stepOf(node);
    host().send({ type: 'select', node: step, openSource });
  }

  /** What is drawn of the graph. */
  function part(): BuildGraph {
    return looks.part.graph;
  }

  /** Does what a key or a button stands for. @param step default: where the keyboard was last */
  function act(action: ActionName, step = stop): void {
    stop = step;
    acts[action](step);
  }

  /** Gives the keyboard back to the step that had it. */
  function toKeyboardPlace(): void {
    if (stop !== undefined) view.focusNode(looks.drawn(stop));
  }

  function looksChanged(anew: boolean): void {
    if (anew) {
      keepKeyboard = view.element.contains(document.activeElement);
      arrangement.begin(undefined);
    }
    changed();
    remember();
  }

  function toggle(node: NodeId): void {
    const first = looks.toggle(node);
    if (first !== undefined) select(first, false);
  }

  function showLog(node: NodeId): void {
    select(node, false);
    inspector.showTab('log');
    chooseTab('log');
  }

  /** Brings a step into view; in a large graph that is what is near it. */
  /** The selected step must not end up behind the field. */
  function openSearch(query?: string): void {
    searchBox.open(query);
    if (selected !== undefined) view.uncover(looks.drawn(selected));
  }

  function show(node: NodeId): void {
    const drawn = looks.drawn(node);
    if (looks.foldAt(drawn)?.kind === 'rest') {
      wanted = node;
      looks.focusOn(node, 1);
    } else view.reveal(drawn);
  }

  /** Many changes of state become one drawing a frame; a hidden page draws when it is back. */
  function drawSoon(): void {
    if (pending !== 0) return;
    pending = requestAnimationFrame(draw);
  }

  function draw(): void {
    pending = 0;
    const now = Date.now();
    const shown = copy.current ?? emptyGraph;
    const path = criticalPath(shown, now);
    header.update(
      context,
      figuresLine(shown, path.duration, texts, looks.part.drawn),
      nextBuild(context, texts),
    );
    tools.offer('critical', path.nodes.length > 0);
    tools.offer('compare', context?.comparison !== undefined || comparable(context));
    const list = search(shown, query) ?? (panels.isOpen('compare') ? differing(shown) : undefined);
    searchBox.update(
      query === '' ? undefined : list?.length,
      selected === undefined ? -1 : (list?.indexOf(selected) ?? -1),
    );
    notices.update(context, shown.notes, arrangement.failure);
    frame.fill(
      copy.current === undefined ? 'loading' : shown.nodes.length === 0 ? 'empty' : 'full',
    );
    tools.element.hidden = shown.nodes.length === 0;
    const { choices, direction } = looks;
    const { graph, folds } = looks.part;
    const { layout } = arrangement;
    menu.update(sideBySide(shown), looks.part, choices, direction, before !== undefined);
    const standing = graph.nodes.find((node) => layout.nodes.has(node.id))?.id;
    const drawn = (node: NodeId): NodeId => looks.drawn(node);
    const focusable = stop === undefined ? standing : drawn(stop);
    const steps = [...new Set(path.nodes.map(drawn))];
    picture = {
      graph,
      folds,
      live: true,
      foremost: foremostOf(graph, layout, folds),
      layout,
      selected: selected === undefined ? undefined : drawn(selected),
      focusable,
      fresh: copy.fresh(now),
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
    setAttribute(view.element, 'data-layout', arrangement.state);
    timeline.update(shown, selected, now);
    compare.update(context?.comparison, selected);
    const node =
      shown.nodes.find((candidate) => candidate.id === selected) ??
      graph.nodes.find((candidate) => candidate.id === selected);
    frame.showInspector(node !== undefined);
    if (node !== undefined) {
      inspector.allow(context?.trusted === true && context.lookOnly !== true);
      const fold = looks.foldAt(node.id);
      inspector.update(
        fold === undefined ? shown : { ...graph, nodes: [...shown.nodes, node] },
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
    (copy.current === undefined ? undefined : search(copy.current, query)) ?? [];

  function toggleCritical(): void {
    critical = !critical;
    tools.press('critical', critical);
    draw();
  }

  /** The host is asked for a comparison that is not there yet. */
  function toggleCompare(): void {
    if (context?.comparison === undefined) run('whyMissed');
    else panels.toggleBelow('compare');
  }

  /** Hands what is drawn to the host as a file. */
  function save(format: SaveFormat): void {
    if (picture === undefined) return;
    const data = fileOf(picture, format, context?.title ?? '');
    if (data !== undefined) host().send({ type: 'save', format, data });
  }

  function chooseTab(next: Tab): void {
    tab = next;
    remember();
  }

  function remember(): void {
    if (context === undefined) return;
    const { camera } = arrangement;
    const state: SavedState = {
      v: 1,
      uri: context.uri,
      ...(camera === undefined ? {} : { camera }),
      ...(selected === undefined ? {} : { selected }),
      tab,
      split,
      direction: looks.direction,
      choices: looks.choices,
      lanes: timeline.lanes(),
    };
    host().setState(state);
  }

  function restore(uri: string): void {
    const state = parseSavedState(host().state());
    const known = state?.uri === uri ? state : undefined;
    arrangement.begin(known?.camera);
    selected = stop = before = undefined;
    looks.restore();
    if (known === undefined) return;
    looks.restore(known.choices, known.direction ?? 'down');
    selected = stop = known.selected;
    timeline.setLanes(known.lanes ?? 'stage');
    tab = known.tab;
    split = known.split;
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

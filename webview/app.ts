/**
 * The view's state and its rules: what arrives changes the model, the model is laid out and drawn,
 * and what people do goes back to the host.
 */
import type { ToWebview, ViewContext, WebviewCommand } from '../proto/messages/webview';
import type { BuildGraph, GraphPatch, NodeId } from '../proto/model/build-graph';
import { applyPatch } from '../proto/model/graph-patch';
import { createAnnouncer } from './announcer';
import { button, h, setAttribute, setText } from './dom';
import { createGraphView } from './graph-view';
import { createHeader } from './header';
import type { Host } from './host';
import { createInspector } from './inspector';
import { createLayoutClient } from './layout-client';
import type { LayoutFiles } from './layout-client';
import { createLegend } from './legend';
import { createNotices } from './notices';
import { criticalPath } from './picture/critical-path';
import { statusOf, summary } from './picture/describe';
import { displayText } from './picture/display-text';
import { emptyLayout } from './picture/layout';
import type { Layout, LayoutInput } from './picture/layout';
import { layoutInput, sameLayoutInput } from './picture/layout-input';
import { search } from './picture/search';
import type { Texts } from './picture/texts';
import { durationText } from './picture/units';
import { steadyCamera } from './steady-camera';
import { parseSavedState } from './saved-state';
import type { Camera, SavedState, Tab } from './saved-state';
import { createSearchBox } from './search-box';
import { createSplitter, SPLIT } from './splitter';
import { canvasMeasure } from './text-measure';

/** Milliseconds a node that just came is marked as new. */
const FRESH = 6000;

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
  let tab: Tab = 'details';
  let split: number = SPLIT.initial;
  let framed = false;
  let restored: Camera | undefined;
  let wanted: NodeId | undefined;
  const fresh = new Map<NodeId, number>();
  let measure = canvasMeasure();
  let query = '';
  let critical = false;
  let pending = 0;
  let ticking: ReturnType<typeof setInterval> | undefined;

  const run = (command: WebviewCommand): void => host().send({ type: 'command', command });
  const header = createHeader(texts, run);
  const notices = createNotices(texts, run);
  const announcer = createAnnouncer(texts);
  const view = createGraphView({
    select: (node, openSource) => select(node ?? undefined, openSource),
    showLog: (node) => {
      select(node, false);
      inspector.showTab('log');
      chooseTab('log');
    },
    cameraMoved: () => save(),
    escape: () => {
      if (!legend.hidden) toggleLegend(false);
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
      view.reveal(next);
    },
    closed: () => {
      if (stop !== undefined) view.focusNode(stop);
    },
  });
  /** Keys of the graph besides those that move about in it. */
  const keys: ReadonlyMap<string, () => void> = new Map([
    ['/', () => searchBox.open()],
    ['c', () => toggleCritical()],
    ['t', () => tidy()],
  ]);
  const inspector = createInspector(texts, {
    select: (node) => {
      select(node, true);
      view.reveal(node);
    },
    showSource: () => {
      if (selected !== undefined) host().send({ type: 'select', node: selected, openSource: true });
    },
    close: () => {
      select(undefined, false);
      if (stop !== undefined) view.focusNode(stop);
    },
    tabChanged: chooseTab,
    copy: (text) => host().send({ type: 'copy', text }),
    readLog: (node, from) => host().send({ type: 'readLog', node, from }),
    readLayer: (node, path) => host().send({ type: 'readLayer', node, path }),
    openFile: (node, path) => host().send({ type: 'openFile', node, path }),
  });

  const legend = createLegend(texts);
  legend.hidden = true;
  const legendButton = button({
    class: 'tool',
    label: texts('action.legend'),
    drawing: { stroke: 'M2.5 4h.01M2.5 8h.01M2.5 12h.01M5.5 4h8M5.5 8h8M5.5 12h8' },
    onClick: () => toggleLegend(legend.hidden !== false),
  });
  const criticalButton = button({
    class: 'tool',
    label: texts('action.critical'),
    drawing: { stroke: 'M2.5 13.5 6 8.5l2.5 2.5 5-8.5M9.5 2.5h4v4' },
    onClick: () => toggleCritical(),
  });
  setAttribute(criticalButton, 'aria-pressed', 'false');
  setAttribute(legendButton, 'aria-expanded', 'false');
  setAttribute(legendButton, 'aria-controls', 'legend');
  const zoomTools = h(
    'div',
    { class: 'zoom-tools', role: 'toolbar', 'aria-label': texts('header.zoom') },
    button({
      class: 'tool',
      label: texts('action.zoomIn'),
      drawing: { stroke: 'M8 3v10M3 8h10' },
      onClick: () => view.zoomBy(1.25),
    }),
    button({
      class: 'tool',
      label: texts('action.zoomOut'),
      drawing: { stroke: 'M3 8h10' },
      onClick: () => view.zoomBy(0.8),
    }),
    button({
      class: 'tool',
      label: texts('action.fit'),
      drawing: { stroke: 'M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10' },
      onClick: view.fit,
    }),
    button({
      class: 'tool',
      label: texts('action.tidy'),
      drawing: {
        stroke:
          'M3 13 9.2 6.8M7.8 5.4l2.8 2.8M11.5 2v3M10 3.5h3M13 8.5v2M12 9.5h2M5.5 2.5v2M4.5 3.5h2',
      },
      onClick: tidy,
    }),
    button({
      class: 'tool',
      label: texts('action.search'),
      drawing: { stroke: 'M6.8 2.5a4.3 4.3 0 1 1 0 8.6a4.3 4.3 0 1 1 0-8.6M10 10l3.8 3.8' },
      onClick: () => searchBox.open(),
    }),
    criticalButton,
    legendButton,
  );
  const emptyTitle = h('p', { class: 'empty-title' });
  const emptyHint = h('p', { class: 'empty-hint' });
  const empty = h('div', { class: 'empty' }, emptyTitle, emptyHint);
  const graphArea = h(
    'section',
    { class: 'graph', 'aria-label': texts('graph.region') },
    view.element,
    empty,
    legend,
    searchBox.element,
    zoomTools,
  );
  const work = h('main', { class: 'work' });
  const splitter = createSplitter(texts('inspector.resize'), work, (share) => {
    split = share;
    save();
  });
  work.append(graphArea, splitter.element, inspector.element);
  const element = h(
    'div',
    { class: 'app' },
    header.element,
    notices.element,
    work,
    announcer.element,
  );
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
        context = message.context;
        draw();
        break;
      case 'select':
        selected = stop = message.node ?? undefined;
        wanted = message.reveal ? selected : undefined;
        draw();
        save();
        revealWanted();
        break;
      case 'log':
        inspector.log.receive(message.node, message.from, message.text, message.next);
        break;
      case 'logError':
        inspector.log.receiveError(message.node, message.message);
        break;
      case 'layer':
        inspector.files.receive(message.node, message.path, message.entries);
        break;
      case 'layerError':
        inspector.files.receiveError(message.node, message.path, message.message);
        break;
    }
  }

  /** A snapshot replaces everything; the view's own state is kept or, the first time, restored. */
  function adopt(next: BuildGraph, nextVersion: number, nextContext: ViewContext): void {
    const first = graph === undefined || context?.uri !== nextContext.uri;
    if (first) restore(nextContext.uri);
    graph = next;
    version = nextVersion;
    context = nextContext;
    changed();
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
    if (!shape) {
      announcer.graphChanged(graph);
      drawSoon();
      return;
    }
    const ids = new Set(graph.nodes.map((node) => node.id));
    if (selected !== undefined && !ids.has(selected)) selected = undefined;
    if (stop !== undefined && !ids.has(stop)) stop = undefined;
    announcer.graphChanged(graph);
    const input = layoutInput(graph, measure, layout);
    if (laidOut === undefined || !sameLayoutInput(input, laidOut)) {
      laidOut = input;
      layouts.request(input);
    }
    draw();
  }

  /** Asks the slow engine for the same picture; what is too large for it is laid out afresh. */
  function tidy(): void {
    if (graph === undefined) return;
    const input = layoutInput(graph, measure);
    laidOut = input;
    if (input.nodes.length <= MOST_TIDY) layouts.tidy(input);
    else layouts.request(input);
  }

  function arrived(next: Layout): void {
    const before = layout;
    layout = next;
    layoutFailure = undefined;
    const camera = view.camera();
    draw();
    if (restored !== undefined) {
      view.setCamera(restored);
      restored = undefined;
      framed = true;
    } else if (!framed && layout.nodes.size > 0) {
      view.frame();
      framed = true;
    } else {
      view.setCamera(steadyCamera(before, layout, camera, view.size(), selected));
    }
    // Untouched, the page must still say at a reload which file it showed.
    save();
    revealWanted();
  }

  function revealWanted(): void {
    if (wanted === undefined || !layout.nodes.has(wanted)) return;
    view.reveal(wanted);
    wanted = undefined;
  }

  function select(node: NodeId | undefined, openSource: boolean): void {
    if (node !== undefined) stop = node;
    if (node !== selected || openSource) {
      const opens = selected === undefined;
      selected = node;
      host().send({ type: 'select', node: node ?? null, openSource });
      draw();
      save();
      // The panel that opens may cover what it is about.
      if (opens && node !== undefined) view.reveal(node);
    }
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
    const shown = graph ?? {
      nodes: [],
      groups: [],
      sources: [],
      results: [],
      status: {},
      notes: [],
    };
    const path = criticalPath(shown, now);
    header.update(
      context,
      [
        ...(shown.nodes.length === 0 ? [] : [summary(shown, texts)]),
        ...(path.nodes.length === 0
          ? []
          : [texts('summary.critical', durationText(path.duration, texts))]),
      ].join(' · '),
    );
    criticalButton.hidden = path.nodes.length === 0;
    const list = search(shown, query);
    searchBox.update(list?.length, selected === undefined ? -1 : (list?.indexOf(selected) ?? -1));
    notices.update(context, shown.notes, layoutFailure);
    empty.hidden = shown.nodes.length > 0;
    if (!empty.hidden) {
      setText(emptyTitle, texts(graph === undefined ? 'empty.loading' : 'empty.title'));
      setText(emptyHint, graph === undefined ? '' : texts('empty.hint'));
    }
    zoomTools.hidden = shown.nodes.length === 0;
    const focusable = stop ?? shown.nodes.find((node) => layout.nodes.has(node.id))?.id;
    view.draw(
      {
        graph: shown,
        layout,
        selected,
        focusable,
        fresh: new Set(fresh.keys()),
        found: list === undefined ? undefined : new Set(list),
        critical: critical
          ? new Map(path.nodes.map((id, index) => [id, path.nodes[index - 1]]))
          : undefined,
        now,
        texts,
        measure,
      },
      texts('graph.label', displayText(context?.title ?? '')),
    );
    setAttribute(view.element, 'data-layout', layout === emptyLayout ? undefined : 'done');
    const node = shown.nodes.find((candidate) => candidate.id === selected);
    work.classList.toggle('with-inspector', node !== undefined);
    inspector.element.hidden = splitter.element.hidden = node === undefined;
    if (node !== undefined) inspector.update(shown, node, now);
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
    setAttribute(criticalButton, 'aria-pressed', String(critical));
    draw();
  }

  function toggleLegend(open: boolean): void {
    legend.hidden = !open;
    setAttribute(legendButton, 'aria-expanded', String(open));
  }

  function chooseTab(next: Tab): void {
    tab = next;
    save();
  }

  function save(): void {
    if (context === undefined) return;
    const camera = framed ? view.camera() : restored;
    const state: SavedState = {
      v: 1,
      uri: context.uri,
      ...(camera === undefined ? {} : { camera }),
      ...(selected === undefined ? {} : { selected }),
      tab,
      split,
    };
    host().setState(state);
  }

  function restore(uri: string): void {
    const state = parseSavedState(host().state());
    framed = false;
    layout = emptyLayout;
    selected = stop = restored = undefined;
    if (state?.uri !== uri) return;
    restored = state.camera;
    selected = stop = state.selected;
    tab = state.tab;
    split = state.split;
    splitter.set(split);
    inspector.showTab(tab);
  }

  return { element, receive };
}

/** Calls back when the editor's font or theme changes: VS Code sets both on the document's root. */
function watchFonts(changed: () => void): void {
  let font = getComputedStyle(document.body).fontFamily;
  new MutationObserver(() => {
    const next = getComputedStyle(document.body).fontFamily;
    if (next === font) return;
    font = next;
    changed();
  }).observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}

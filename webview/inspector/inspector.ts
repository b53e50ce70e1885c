/** The panel beside the graph: the selected step's details, log and files. */
import type { ToWebview } from '../../proto/messages/webview';
import type { BuildGraph, GraphNode, NodeId } from '../../proto/model/build-graph';
import { createChangesTab } from './changes-tab';
import { createDetailsTab } from './details-tab';
import { button, h, iconDrawing, setAttribute, setText, svg } from '../dom';
import { createFilesTab } from './files-tab';
import { createLogTab } from './log-tab';
import { createPastRuns } from './past-runs';
import { createStepActions } from './step-actions';
import { createWholeOp } from './whole-op';
import { kindIcons } from '../picture/appearance';
import { nameOf, statusOf, statusParts } from '../picture/describe';
import { el } from '../picture/scene';
import { paintBadge } from '../picture/svg-painter';
import type { Host } from '../host';
import type { Texts } from '../picture/texts';
import type { Fold } from '../picture/view';
import { tabs } from '../saved-state';
import type { Tab } from '../saved-state';

export type InspectorRequest = Parameters<Host['send']>[0];

/** What the host answers, for the tab that asked. */
export type InspectorAnswer = Extract<
  ToWebview,
  {
    type:
      | 'log'
      | 'logError'
      | 'layer'
      | 'layerError'
      | 'changes'
      | 'changesError'
      | 'times'
      | 'op'
      | 'opError';
  }
>;

export type InspectorEvents = {
  readonly select: (node: NodeId) => void;
  readonly showSource: () => void;
  readonly close: () => void;
  readonly tabChanged: (tab: Tab) => void;
  /** Asks the host for something about a step, or to do something with it. */
  readonly send: (request: InspectorRequest) => void;
};

export type Inspector = {
  readonly element: HTMLElement;
  readonly receive: (answer: InspectorAnswer) => void;
  /** Whether anything can be built from here. */
  readonly allow: (able: boolean) => void;
  /** @param fold what the node stands for, where it is several steps */
  readonly update: (graph: BuildGraph, node: GraphNode, now: number, fold?: Fold) => void;
  readonly showTab: (tab: Tab) => void;
};

export function createInspector(texts: Texts, events: InspectorEvents): Inspector {
  const { send, select } = events;
  const copy = (text: string): void => send({ type: 'copy', text });
  const openFile = (node: NodeId, path: string): void => send({ type: 'openFile', node, path });
  const details = createDetailsTab(texts, { copy, select });
  const times = createPastRuns(texts, (node) => send({ type: 'readTimes', node }));
  const actions = createStepActions(texts, (node, act) => send({ type: 'step', node, act }));
  const log = createLogTab(texts, {
    copy,
    readLog: (node, from) => send({ type: 'readLog', node, from }),
  });
  const files = createFilesTab(texts, {
    openFile,
    readLayer: (node, path) => send({ type: 'readLayer', node, path }),
  });
  const op = createWholeOp(texts, { copy, ask: (node) => send({ type: 'readOp', node }) });
  const overview = { element: h('div', {}, details.element, op.element, times.element) };
  const changes = createChangesTab(texts, {
    openFile,
    readChanges: (node) => send({ type: 'readChanges', node }),
    openDiff: (node, path) => send({ type: 'openDiff', node, path }),
    saveFile: (node, path) => send({ type: 'saveFile', node, path }),
  });
  const panels = { details: overview, log, changes, files };
  let able = false;
  let current: Tab = 'details';
  let last:
    { graph: BuildGraph; node: GraphNode; now: number; fold?: Fold | undefined } | undefined;

  const sign = h('span', { class: 'sign' });
  const name = h('h2', { class: 'step-name' });
  const state = h('p', { class: 'step-state' });
  const source = button({
    class: 'quiet',
    label: texts('action.showSource'),
    drawing: { stroke: 'M9 2.5h4.5V7M13.2 2.8 7.5 8.5M7 3.5H2.5v10h10V9' },
    onClick: events.showSource,
  });
  const close = button({
    class: 'quiet',
    label: texts('action.closePanel'),
    drawing: { stroke: 'M3.5 3.5l9 9M12.5 3.5l-9 9' },
    onClick: events.close,
  });

  const tabButtons = tabs.map((tab) => {
    const element = h(
      'button',
      { type: 'button', role: 'tab', id: `tab-${tab}`, 'aria-controls': `panel-${tab}` },
      texts(`tab.${tab}`),
    );
    element.addEventListener('click', () => choose(tab));
    return { tab, element };
  });
  const tabList = h(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': texts('inspector.tabs') },
    ...tabButtons.map(({ element }) => element),
  );
  tabList.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const index = (tabs.indexOf(current) + step + tabs.length) % tabs.length;
    const next = tabButtons[index];
    if (next === undefined) return;
    choose(next.tab);
    next.element.focus();
  });
  const panelElements = tabs.map((tab) => ({
    tab,
    element: h(
      'div',
      {
        class: `panel panel-${tab}`,
        id: `panel-${tab}`,
        role: 'tabpanel',
        'aria-labelledby': `tab-${tab}`,
        tabindex: tab === 'details' ? 0 : undefined,
      },
      panels[tab].element,
    ),
  }));

  const element = h(
    'section',
    { class: 'inspector', id: 'inspector', 'aria-label': texts('inspector.label') },
    h(
      'div',
      { class: 'inspector-head' },
      sign,
      h('div', { class: 'inspector-name' }, name, state),
      source,
      close,
    ),
    actions.element,
    tabList,
    ...panelElements.map((panel) => panel.element),
  );

  function choose(tab: Tab): void {
    showTab(tab);
    events.tabChanged(tab);
  }

  function showTab(tab: Tab): void {
    current = tab;
    for (const { tab: each, element: button } of tabButtons) {
      setAttribute(button, 'aria-selected', String(each === tab));
      setAttribute(button, 'tabindex', each === tab ? 0 : -1);
    }
    for (const { tab: each, element: panel } of panelElements) panel.hidden = each !== tab;
    if (last !== undefined) update(last.graph, last.node, last.now, last.fold);
  }

  function update(graph: BuildGraph, node: GraphNode, now: number, fold?: Fold): void {
    last = { graph, node, now, fold };
    // Several steps have no one log and no one file system.
    for (const { tab, element: button } of tabButtons)
      button.hidden = fold !== undefined && tab !== 'details';
    if (fold !== undefined && current !== 'details') {
      showTab('details');
      return;
    }
    const status = statusOf(graph, node.id);
    const look = `${node.kind} ${status.state}`;
    if (sign.dataset['look'] !== look) {
      sign.dataset['look'] = look;
      sign.replaceChildren(
        iconDrawing(kindIcons[node.kind], 20),
        svg(
          16,
          '0 0 16 16',
          el('g', { class: `state-${status.state}` }, [paintBadge(status, 0, 0)]),
        ),
      );
    }
    const called = nameOf(node, fold?.members.length, texts);
    setText(name, called);
    setAttribute(name, 'title', called);
    const stands = statusParts(node, status, now, texts, fold?.members.length).join(' · ');
    setText(state, stands);
    setAttribute(state, 'title', stands);
    setAttribute(state, 'data-state', status.state);
    source.hidden = node.ranges.length === 0;
    actions.update(node, able, fold !== undefined);
    details.update(graph, node, now, fold);
    for (const part of [times.element, op.element])
      part.classList.toggle('folded', fold !== undefined);
    if (fold === undefined) {
      times.update(node, status, current === 'details');
      op.update(node);
    }
    log.update(node, status, current === 'log');
    changes.update(node, status, current === 'changes');
    files.update(node, status, current === 'files');
  }

  function receive(answer: InspectorAnswer): void {
    switch (answer.type) {
      case 'log':
        log.receive(answer.node, answer.from, answer.text, answer.next);
        break;
      case 'logError':
        log.receiveError(answer.node, answer.message);
        break;
      case 'layer':
        files.receive(answer.node, answer.path, answer.entries);
        break;
      case 'layerError':
        files.receiveError(answer.node, answer.path, answer.message);
        break;
      case 'changes':
        changes.receive(answer.node, answer.changes, answer.partial);
        break;
      case 'changesError':
        changes.receiveError(answer.node, answer.message);
        break;
      case 'op':
        op.receive(answer.node, answer.json, answer.metadata);
        break;
      case 'opError':
        op.receiveError(answer.node, answer.message);
        break;
      case 'times':
        times.receive(answer.node, answer.runs);
        break;
    }
  }

  showTab(current);
  return {
    element,
    receive,
    allow: (next) => {
      able = next;
    },
    update,
    showTab,
  };
}

/** What panels of graphs cost where nobody sees them: hidden ones, and those that were closed. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';
import {
  GraphCloseNotification,
  GraphRequest,
  type GraphPatchParams,
} from '../proto/messages/language-server';
import { digestOf } from '../proto/model/digest';
import { emptyGraph, type BuildGraph, type NodeStatus } from '../proto/model/build-graph';
import * as graphPatch from '../proto/model/graph-patch';
import { BuilderService } from './builder-service';
import { BuildersStatus } from './builders-status';
import { Builds } from './builds';
import { GraphPanel } from './graph-panel';
import { GraphPanels } from './graph-panels';
import { LayerFiles } from './layer-files';
import { Predictions } from './predictions';
import { StaticGraphs } from './static-graphs';
import { standIn } from './testing/vscode-stand-in';

vi.mock('vscode', () => import('./testing/vscode-stand-in'));
vi.mock('vscode-languageclient', () => ({ State: { Running: 2 } }));
vi.mock('vscode-languageclient/node', async () => {
  const { EventEmitter } = await import('./testing/vscode-stand-in');
  return {
    LanguageClient: class {
      private readonly patches = new EventEmitter();
      readonly onDidChangeState = new EventEmitter().event;
      readonly code2ProtocolConverter = { asUri: String };
      readonly isRunning = (): boolean => true;
      readonly onNotification = (_: string, act: () => void) => this.patches.event(act);
      readonly sendNotification = (method: string): Promise<void> => {
        heard.push(method);
        followed &&= method !== GraphCloseNotification;
        return Promise.resolve();
      };
      readonly sendRequest = (method: string): Promise<object> => {
        heard.push(method);
        followed = true;
        return Promise.resolve({ documentVersion: 1, graphVersion: version, graph: graph() });
      };
      constructor() {
        toldByServer = (patch) => this.patches.fire(patch);
      }
    },
  };
});

const uri = vscode.Uri.parse('file:///ws/Dockerfile');
const logged = vi.fn();
/** The language server says how a graph goes on. */
let toldByServer: (patch: GraphPatchParams) => void;
let panels: GraphPanels | undefined;
/** What the server has been asked and told, and its graph: a file that nobody follows gets no patches. */
const heard: string[] = [];
let followed = false;
let version = 1;
let status: NodeStatus | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  heard.length = 0;
  [followed, version, status] = [false, 1, undefined];
});
afterEach(() => {
  panels?.dispose();
  vi.useRealTimers();
  vi.restoreAllMocks();
  logged.mockClear();
});

describe('a panel that is hidden', () => {
  test('is sent nothing and compared with nothing, and all at once when it is back', async () => {
    const { panels, edit, graphs } = extension();
    const worksOut = vi.spyOn(graphs, 'of');
    const diff = vi.spyOn(graphPatch, 'diffGraphs');
    const panel = await open(panels);
    edit({ state: 'running', started: 1 });
    expect(panel.page.posted).toMatchObject([{ type: 'patch' }, { type: 'context' }]);
    panel.turn(false);
    expect(heard).toEqual([GraphRequest, GraphCloseNotification]);
    panel.page.posted.length = 0;
    diff.mockClear();
    worksOut.mockClear();
    for (let index = 0; index < 1000; index++) edit({ state: 'running', started: index });
    edit({ state: 'done', started: 1, completed: 2 });
    panel.turn(true);
    expect(panel.page.posted).toEqual([]);
    expect(worksOut).not.toHaveBeenCalled();
    expect(heard).toEqual([GraphRequest, GraphCloseNotification]);
    standIn.say(panel, { type: 'ready' });
    expect(diff).not.toHaveBeenCalled();
    // What was seen last is there at once, and one question brings what happened since.
    expect(panel.page.posted).toMatchObject([
      { type: 'snapshot', graph: { status: { run: { state: 'running' } } } },
    ]);
    expect(heard).toEqual([GraphRequest, GraphCloseNotification, GraphRequest]);
    await settled();
    expect(panel.page.posted).toMatchObject([
      { type: 'snapshot', version: 1 },
      {
        type: 'patch',
        base: 1,
        version: 2,
        patch: { status: { run: { state: 'done', completed: 2 } } },
      },
      { type: 'context' },
    ]);
    edit({ state: 'done', started: 1, completed: 3 });
    expect(panel.page.posted.slice(3)).toMatchObject([
      { type: 'patch', base: 2, version: 3 },
      { type: 'context' },
    ]);
    panel.turn(false);
    panel.dispose();
    expect(heard.slice(3)).toEqual([GraphCloseNotification]);
  });

  test('is sent nothing before its page is there', async () => {
    const { panels, edit } = extension();
    await panels.show(uri);
    await settled();
    const panel = standIn.newestPanel();
    edit({ state: 'running', started: 1 });
    expect(panel.page.posted).toEqual([]);
  });
});

describe('a panel that is closed', () => {
  test('leaves no listener, timer, graph, prediction or word in the status bar', async () => {
    const { panels, edit, memory, graphs, predictions } = extension();
    const rest = { listeners: standIn.listeners(), timers: vi.getTimerCount() };
    for (let round = 0; round < 50; round++) {
      const panel = await open(panels);
      edit({ state: 'running', started: round });
      standIn.say(panel, { type: 'select', node: 'run', openSource: false });
      expect(standIn.listeners()).toBeGreaterThan(rest.listeners);
      expect(vi.getTimerCount()).toBeGreaterThan(rest.timers);
      expect([...standIn.statusBar().values()].join()).toContain('runs 1 step again');
      panel.dispose();
      expect({ listeners: standIn.listeners(), timers: vi.getTimerCount() }).toEqual(rest);
      expect([...standIn.statusBar().values()].join()).not.toContain('runs 1 step again');
    }
    expect(memory.get('graphPanels')).toEqual([]);
    expect(graphs.of(uri)).toBeUndefined();
    expect(predictions.of(uri)).toBeUndefined();
    // Nobody is there any more to be told of it.
    edit({ state: 'done', started: 1, completed: 2 });
  });

  test('is not asked anything by an answer that comes too late', async () => {
    const { panels, request } = extension();
    const panel = await open(panels);
    let answer: (runs: []) => void = () => undefined;
    request.mockReturnValue(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    standIn.say(panel, { type: 'readTimes', node: 'run' });
    panel.dispose();
    answer([]);
    await settled();
    expect(panel.page.posted).toEqual([]);
    expect(logged).not.toHaveBeenCalled();
  });

  test('while its file is opened after a reload is not filled', async () => {
    const { panels, memory } = extension();
    const rest = standIn.listeners();
    const panel = vscode.window.createWebviewPanel('llbLens.graph', '', vscode.ViewColumn.Beside);
    const restored = panels.deserializeWebviewPanel(panel, { uri: uri.toString() });
    panel.dispose();
    await restored;
    expect(standIn.listeners()).toBe(rest);
    expect(memory.get('graphPanels')).toEqual([]);
  });
});

/** All that graphs of files are made from, over an editor, a server and a builder that stand in. */
function extension() {
  const log = vscode.window.createOutputChannel('LLB Lens', { log: true });
  vi.spyOn(log, 'warn').mockImplementation(logged);
  vi.spyOn(log, 'error').mockImplementation(logged);
  const service = new BuilderService('service.js', log);
  const saving = { file: 'app.js', run: 1, duration: 1000 };
  const request = vi.spyOn(service, 'request').mockImplementation((method) =>
    Promise.resolve(
      method === 'record/predict'
        ? { steps: [], totals: { cached: 1, run: 1, unknown: 0, saving } }
        : {
            ...{ state: 'connected', name: 'default', address: 'unix:///run/buildkit.sock' },
            imageResolveMode: 'default',
          },
    ),
  );
  const builds = new Builds(log);
  const builders = new BuildersStatus(service, log);
  const client = new LanguageClient('llbLens', '', { command: '' }, {});
  const profileOf = () => ({});
  const graphs = new StaticGraphs(client, [], profileOf, log);
  const predictions = new Predictions(service, builds, profileOf, log);
  const layers = new LayerFiles(service);
  const extensionUri = vscode.Uri.parse('file:///extension');
  const services = {
    ...{ extensionUri, graphs, builds, builders, layers, service, predictions, profileOf, log },
  };
  const memory = memento();
  const made = new GraphPanels(
    { extensionUri, log, make: (panel, file) => new GraphPanel(panel, file, services) },
    memory,
  );
  const edit = (next: NodeStatus): void => {
    const base = version++;
    status = next;
    const patch = { status: { run: next } };
    if (followed)
      toldByServer({ uri: uri.toString(), documentVersion: 1, base, graphVersion: version, patch });
  };
  panels = made;
  return { panels: made, edit, memory, request, graphs, predictions };
}

/** The newest panel, with its page loaded. */
async function open(panels: GraphPanels) {
  await panels.show(uri);
  await settled();
  const panel = standIn.newestPanel();
  standIn.say(panel, { type: 'ready' });
  await settled();
  expect(panel.page.posted[0]).toMatchObject({ type: 'snapshot' });
  panel.page.posted.length = 0;
  return panel;
}

/** What is asked of processes is answered, and what is awaited of it done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function memento(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: (key: string, otherwise?: unknown) => structuredClone(values.get(key)) ?? otherwise,
    update: (key, value) => Promise.resolve(void values.set(key, value)),
  };
}

function graph(): BuildGraph {
  const digest = digestOf(new TextEncoder().encode('RUN make'));
  return {
    ...emptyGraph,
    status: status === undefined ? {} : { run: status },
    nodes: [
      {
        id: 'run',
        digest,
        neutralDigest: digest,
        kind: 'exec',
        name: 'RUN make',
        fullName: 'RUN make',
        inputs: [],
        ranges: [],
        details: [],
        internal: false,
        uncertain: false,
      },
    ],
  };
}

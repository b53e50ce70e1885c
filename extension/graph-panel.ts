/** The graph of one file in a webview: what it shows, and what its user does to it. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type {
  BuildComparison,
  ComparedStep,
  StepAct,
  ViewContext,
  WebviewCommand,
} from '../proto/messages/webview';
import type { BuildProfile } from '../proto/messages/build-profile';
import type { BuildGraph, GraphNode, NodeDifference, NodeId } from '../proto/model/build-graph';
import { sameValue } from '../proto/model/same-value';
import type { BuilderService } from './builder-service';
import { isActive, wasBuiltFrom, type Build, type Builds } from './builds';
import type { BuildersStatus } from './builders-status';
import { startBuild } from './debug';
import type { LayerFiles } from './layer-files';
import { GraphPage, nodeOf, type PageRequest } from './graph-page';
import { withKnowledge } from './known-graph';
import type { Predictions } from './predictions';
import { toggleBreakpoint } from './node-breakpoints';
import type { ComparedBuilds } from './service/protocol';
import { shownGraph } from './shown-graph';
import { stopsIn, withStops } from './shown-stops';
import type { Disposables } from './disposables';

/** Where the graphs of files come from. */
export type FileGraphs = {
  /** From now on `changed` is called whenever `of` gives another graph. */
  readonly watch: (uri: vscode.Uri, changed: () => void) => vscode.Disposable;
  readonly of: (uri: vscode.Uri) => { readonly graph: BuildGraph } | undefined;
  /** All of the op of a node of that graph, as JSON. @param node its neutral digest */
  readonly op: (uri: vscode.Uri, node: string) => Promise<string | undefined>;
};

export type GraphServices = {
  readonly extensionUri: vscode.Uri;
  readonly graphs: FileGraphs;
  readonly builds: Builds;
  readonly builders: BuildersStatus;
  readonly layers: LayerFiles;
  readonly service: BuilderService;
  readonly predictions: Predictions;
  /** What is chosen to be built of a file: target, arguments, context. */
  readonly profileOf: (uri: vscode.Uri) => BuildProfile;
  readonly log: vscode.LogOutputChannel;
};

/** What the page's buttons do, as commands of this extension or the editor. */
const commands: Readonly<Record<WebviewCommand, string>> = {
  build: 'llbLens.run',
  debug: 'llbLens.debug',
  stop: 'llbLens.stop',
  selectBuilder: 'llbLens.selectBuilder',
  manageTrust: 'workbench.trust.manage',
  whyMissed: 'llbLens.whyMissed',
  compareBuilds: 'llbLens.compareBuilds',
};

export class GraphPanel implements vscode.Disposable {
  /** Why steps of the last build differ, once it was asked; by neutral digest. */
  private differences: ReadonlyMap<string, NodeDifference> = new Map();
  private comparison: BuildComparison | undefined;
  /** The neutral digest of the step that the debugger stands at, as far as the page was told. */
  private standsAt: string | undefined;
  private readonly page: GraphPage;
  private readonly subscriptions: Disposables;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly uri: vscode.Uri,
    private readonly services: GraphServices,
  ) {
    const { builds, builders, graphs } = services;
    panel.title = vscode.l10n.t('Graph: {0}', withoutHash(basename(uri.path)));
    this.page = new GraphPage(panel, {
      extensionUri: services.extensionUri,
      log: services.log,
      context: () => this.context(),
      act: (request) => this.act(request),
      selected: (id) => {
        const build = this.build;
        const node = this.builtNode(id);
        if (build !== undefined && node !== undefined) services.layers.select({ build, node });
      },
    });
    this.subscriptions = [
      this.page,
      graphs.watch(uri, () => {
        services.predictions.touch(uri);
        this.refresh();
      }),
      services.predictions.watch(uri, () => this.refresh()),
      builds.onDidChange((build) => {
        if (build.uri.toString() !== uri.toString()) return;
        // What was explained was the build before.
        if (isActive(build)) {
          this.differences = new Map();
          this.comparison = undefined;
        }
        this.refresh();
      }),
      builders.onDidChange(() => this.page.sendContext()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.page.sendContext()),
      panel.onDidDispose(() => this.dispose()),
    ];
    this.refresh();
  }

  get isActive(): boolean {
    return this.panel.active;
  }

  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private get prediction() {
    return this.services.predictions.of(this.uri);
  }

  /** Marks what differs between two builds, and says why. @param builds default: the last two */
  async explain(builds?: ComparedBuilds): Promise<void> {
    try {
      const { steps, comparison } = await this.services.service.request('record/why', {
        file: this.uri.fsPath,
        ...(builds === undefined ? {} : { builds }),
      });
      this.differences = new Map(steps.map(({ node, ...difference }) => [node, difference]));
      this.comparison = comparison;
      this.refresh();
    } catch (error) {
      await vscode.window.showInformationMessage(messageOf(error));
    }
  }

  private get build(): Build | undefined {
    return this.services.builds.of(this.uri);
  }

  /** Works out what is to be seen now and sends the difference; a hidden page asks when it is back. */
  private refresh(): void {
    const { graphs } = this.services;
    const build = this.build;
    const built = shownGraph(
      graphs.of(this.uri)?.graph,
      build === undefined
        ? undefined
        : {
            graph: build.graph,
            active: isActive(build),
            unchanged: this.isUnchanged(build) && (isActive(build) || this.isChosen(build)),
          },
      this.page.graph,
    );
    const isRunning = build !== undefined && isActive(build);
    const known = withKnowledge(built, {
      predictions: isRunning ? new Map() : (this.prediction?.steps ?? new Map()),
      differences: this.differences,
    });
    const stops = isRunning ? stopsIn(build.graph, build.stops) : [];
    this.page.show(withStops(known, stops));
    this.page.sendContext();
    this.followSteps(stops[0]?.step);
  }

  /** The step that the debugger stands at is the one that is looked at. */
  private followSteps(step: string | undefined): void {
    if (step === this.standsAt) return;
    this.standsAt = step;
    const node = this.page.graph.nodes.find(
      (one) => step !== undefined && one.neutralDigest === step,
    );
    if (node !== undefined) this.page.post({ type: 'select', node: node.id, reveal: true });
  }

  /** The vertex of the selected node, where the running build has it. */
  get selectedDigest(): string | undefined {
    const { selected } = this.page;
    return selected === null ? undefined : this.builtNode(selected)?.digest;
  }

  private isUnchanged(build: Build): boolean {
    const document = openDocument(this.uri);
    return document === undefined || wasBuiltFrom(build, document.getText());
  }

  /** Another target or other arguments that were chosen since make other steps of the same text. */
  private isChosen({ session }: Build): boolean {
    return Object.entries(this.services.profileOf(this.uri)).every(([name, value]) =>
      sameValue(session.configuration[name], value),
    );
  }

  private context(): ViewContext {
    const { state, text, remedy } = this.services.builders.stateOf(this.uri);
    return {
      title: withoutHash(vscode.workspace.asRelativePath(this.uri)),
      uri: this.uri.toString(),
      trusted: vscode.workspace.isTrusted,
      // The page says itself that there is no builder; it wants to know why and what to do.
      builder: { state, text: state === 'unavailable' ? (remedy ?? text) : text },
      build: describeBuild(this.build),
      ...(this.prediction === undefined ? {} : { prediction: this.prediction.totals }),
      ...(this.comparison === undefined
        ? {}
        : { comparison: onPage(this.comparison, this.page.graph) }),
    };
  }

  private async act(message: PageRequest): Promise<void> {
    switch (message.type) {
      case 'readLog':
        return this.readLog(message.node, message.from);
      case 'readLayer':
        return this.readLayer(message.node, message.path);
      case 'openFile':
        return this.openFile(message.node, message.path);
      case 'readTimes':
        return this.readTimes(message.node);
      case 'readOp':
        return this.readOp(message.node);
      case 'readChanges':
        return this.readChanges(message.node);
      case 'openDiff':
        return this.openDiff(message.node, message.path);
      case 'saveFile':
        return this.saveFile(message.node, message.path);
      case 'step':
        return this.actOnStep(message.node, message.act);
      case 'command':
        await vscode.commands.executeCommand(commands[message.command], this.uri);
    }
  }

  private async actOnStep(id: NodeId, act: StepAct): Promise<void> {
    const { graph } = this.page;
    const node = nodeOf(graph, id);
    if (node === undefined) return;
    const line = node.ranges[0]?.start.line;
    const group = graph.groups.find((each) => each.id === node.group);
    switch (act) {
      case 'shell': {
        const build = this.build;
        // A build that stands still opens it at once; else one goes there first.
        if (build?.state === 'stopped') {
          await vscode.commands.executeCommand('llbLens.openShellHere');
        } else if (line !== undefined) {
          await startBuild(this.uri, 'debug', { stopAt: line, openShell: true });
        }
        return;
      }
      case 'debug':
        if (line !== undefined) await startBuild(this.uri, 'debug', { stopAt: line });
        return;
      case 'breakpoint':
        toggleBreakpoint(graph, node);
        return;
      case 'stage':
        if (group !== undefined) await startBuild(this.uri, 'run', { target: group.name });
        return;
      case 'why':
        await vscode.commands.executeCommand(commands.whyMissed, this.uri);
    }
  }

  private async readLog(id: NodeId, from: number): Promise<void> {
    const build = this.build;
    const node = this.builtNode(id);
    if (build === undefined || node === undefined) {
      this.page.post({ type: 'log', node: id, from, text: '', next: from });
      return;
    }
    try {
      const { text, next } = await this.services.builds.readLog(build, node.digest, from);
      this.page.post({ type: 'log', node: id, from, text, next });
    } catch (error) {
      this.page.post({ type: 'logError', node: id, message: messageOf(error) });
    }
  }

  private async readLayer(id: NodeId, path: string): Promise<void> {
    try {
      const { build, node } = this.builtOrThrow(id);
      const entries = await this.services.layers.list(build, node.neutralDigest, path);
      this.page.post({ type: 'layer', node: id, path, entries });
    } catch (error) {
      this.page.post({ type: 'layerError', node: id, path, message: messageOf(error) });
    }
  }

  private async openFile(id: NodeId, path: string): Promise<void> {
    try {
      const { build, node } = this.builtOrThrow(id);
      const uri = this.services.layers.uriOf(build, node.neutralDigest, path);
      await vscode.commands.executeCommand('vscode.open', uri, {
        preview: true,
        viewColumn: vscode.ViewColumn.One,
      });
    } catch (error) {
      await vscode.window.showErrorMessage(messageOf(error));
    }
  }

  private async readOp(id: NodeId): Promise<void> {
    const node = nodeOf(this.page.graph, id);
    const { graphs } = this.services;
    this.page.answerOp(id, node && (await graphs.op(this.uri, node.neutralDigest)));
  }

  private async readTimes(id: NodeId): Promise<void> {
    const node = nodeOf(this.page.graph, id);
    if (node === undefined) return;
    const { neutralDigest, name, group } = node;
    const step = { node: neutralDigest, name, ...(group === undefined ? {} : { group }) };
    try {
      const file = this.uri.fsPath;
      const runs = await this.services.service.request('record/times', { file, step });
      this.page.post({ type: 'times', node: id, runs });
    } catch (error) {
      // In an untrusted workspace nobody is asked, and there is nothing to be shown.
      this.services.log.debug(`The times of ${name} are not known: ${messageOf(error)}`);
      this.page.post({ type: 'times', node: id, runs: [] });
    }
  }

  private async readChanges(id: NodeId): Promise<void> {
    try {
      const { build, node } = this.builtOrThrow(id);
      const found = await this.services.layers.changes(build, node.neutralDigest);
      this.page.post({ type: 'changes', node: id, ...found });
    } catch (error) {
      this.page.post({ type: 'changesError', node: id, message: messageOf(error) });
    }
  }

  private async openDiff(id: NodeId, path: string): Promise<void> {
    try {
      const { build, node } = this.builtOrThrow(id);
      const { layers } = this.services;
      await vscode.commands.executeCommand(
        'vscode.diff',
        layers.uriOf(build, node.neutralDigest, path, true),
        layers.uriOf(build, node.neutralDigest, path),
        vscode.l10n.t('{0} (before ↔ after {1})', basename(path), node.name),
        { preview: true, viewColumn: vscode.ViewColumn.One },
      );
    } catch (error) {
      await vscode.window.showErrorMessage(messageOf(error));
    }
  }

  private async saveFile(id: NodeId, path: string): Promise<void> {
    try {
      const { build, node } = this.builtOrThrow(id);
      const folder = vscode.Uri.joinPath(this.uri, '..');
      const target = await vscode.window.showSaveDialog({
        defaultUri: vscode.Uri.joinPath(folder, basename(path)),
      });
      if (target === undefined) return;
      await this.services.layers.save(build, node.neutralDigest, path, target.fsPath);
    } catch (error) {
      await vscode.window.showErrorMessage(messageOf(error));
    }
  }

  private builtOrThrow(id: NodeId): { readonly build: Build; readonly node: GraphNode } {
    const build = this.build;
    const node = this.builtNode(id);
    if (build !== undefined && node !== undefined) return { build, node };
    throw new Error(vscode.l10n.t('This step has not been built yet.'));
  }

  /** The counterpart of a shown node in the graph of the last build. */
  private builtNode(id: NodeId): GraphNode | undefined {
    const neutral = nodeOf(this.page.graph, id)?.neutralDigest;
    return this.build?.graph.nodes.find((node) => node.neutralDigest === neutral);
  }
}

/** A comparison whose steps are those that the page shows, as far as it shows them. */
function onPage(comparison: BuildComparison, { nodes }: BuildGraph): BuildComparison {
  const ids = new Map<string, NodeId>(nodes.map((node) => [node.neutralDigest, node.id]));
  const shown = ({ name, node = '' }: ComparedStep): ComparedStep => {
    const id = ids.get(node);
    return id === undefined ? { name } : { name, node: id };
  };
  return {
    ...comparison,
    causes: comparison.causes.map((cause) => ({
      ...cause,
      step: shown(cause.step),
      affected: cause.affected.map(shown),
    })),
  };
}

function describeBuild(build: Build | undefined): ViewContext['build'] {
  if (build === undefined) return { state: 'none', text: '' };
  const texts: Readonly<Record<Build['state'], string>> = {
    running: vscode.l10n.t('Building…'),
    stopped: vscode.l10n.t('Stopped in the debugger'),
    succeeded: vscode.l10n.t('Built'),
    failed: vscode.l10n.t('Build failed'),
    cancelled: vscode.l10n.t('Build cancelled'),
  };
  return { state: build.state, text: texts[build.state] };
}

/** A store's file names begin with 32 characters that nobody reads. */
const withoutHash = (path: string): string => path.replace(/(^|\/)[0-9a-z]{32}-(?=[^/]+$)/, '$1');

const openDocument = (uri: vscode.Uri): vscode.TextDocument | undefined =>
  vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

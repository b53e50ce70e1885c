/** The graph of one file in a webview: what it shows, and what its user does to it. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { BuildComparison, ComparedStep, ViewContext } from '../proto/messages/webview';
import type { BuildGraph, NodeDifference, NodeId } from '../proto/model/build-graph';
import { sameValue } from '../proto/model/same-value';
import { isActive, wasBuiltFrom, type Build } from './builds';
import { GraphPage } from './graph-page';
import type { Following, GraphServices } from './graph-services';
import { withKnowledge } from './known-graph';
import type { ComparedBuilds, ComparedWithNow, Explained } from './service/protocol';
import { shownGraph } from './shown-graph';
import { stopsIn, withStops } from './shown-stops';
import type { Disposables } from './disposables';
import { StepRequests } from './step-requests';
import { messageOf } from './views/words';

export class GraphPanel implements vscode.Disposable {
  /** Why steps of the last build differ, once it was asked; by neutral digest. */
  private differences: ReadonlyMap<string, NodeDifference> = new Map();
  private comparison: BuildComparison | undefined;
  /** The build that what is in the editor is compared with, as long as it is. */
  private against: ComparedWithNow | undefined;
  /** Raised by every question, so that an answer that comes late is known as such. */
  private explained = 0;
  /** The neutral digest of the step that the debugger stands at, as far as the page was told. */
  private standsAt: string | undefined;
  private readonly page: GraphPage;
  private readonly following: Following;
  private readonly requests: StepRequests;
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
      act: (request) => this.requests.act(request),
      catchUp: () => {
        this.following.goOn();
        this.showNow();
      },
      hidden: () => this.following.rest(),
      selected: (id) => {
        const build = this.build;
        const node = this.requests.builtNode(id);
        if (build !== undefined && node !== undefined) services.layers.select({ build, node });
      },
    });
    this.requests = new StepRequests(this.page, uri, services, () => this.build);
    this.following = graphs.watch(uri, () => {
      services.predictions.touch(uri);
      this.refresh();
    });
    this.subscriptions = [
      this.page,
      this.following,
      services.predictions.watch(uri, () => {
        this.refresh();
        // The text, or a file that it reads, is another one.
        void this.compareAgain();
      }),
      builds.onDidChange((build) => {
        if (build.uri.toString() !== uri.toString()) return;
        // What was explained was the build before.
        if (isActive(build)) {
          this.differences = new Map();
          this.comparison = undefined;
          this.against = undefined;
          this.explained++;
        }
        this.refresh();
      }),
      builders.onDidChange(() => this.page.sendContext()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.page.sendContext()),
      panel.onDidDispose(() => this.dispose()),
    ];
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

  /**
   * Marks what differs between two builds, or between one and what is in the editor, and says why.
   * @param builds default: the last two
   */
  async explain(builds?: ComparedBuilds | ComparedWithNow): Promise<void> {
    const run = ++this.explained;
    try {
      const found = await this.explanation(builds);
      if (run !== this.explained) return;
      this.against = builds?.later === undefined ? builds : undefined;
      if (isOfSame(this.comparison, found.comparison)) {
        // The page opens what it has not been shown yet.
        this.comparison = undefined;
        this.page.sendContext();
      }
      this.takeExplanation(found);
    } catch (error) {
      await vscode.window.showInformationMessage(messageOf(error));
    }
  }

  /** Follows what is in the editor, if that is compared with anything. */
  private async compareAgain(): Promise<void> {
    if (this.against === undefined) return;
    const run = ++this.explained;
    try {
      const found = await this.explanation(this.against);
      if (run === this.explained) this.takeExplanation(found);
    } catch (error) {
      // A text that makes no build, for now: what was told of the one before it stays.
      this.services.log.debug(`${this.uri.toString()} is not compared: ${messageOf(error)}`);
    }
  }

  private async explanation(builds?: ComparedBuilds | ComparedWithNow): Promise<Explained> {
    const { predictions, service } = this.services;
    const file = this.uri.fsPath;
    if (builds === undefined) return service.request('record/why', { file });
    if (builds.later !== undefined) return service.request('record/why', { file, builds });
    const planned = await predictions.planned(this.uri);
    return service.request('record/compareWithNow', { ...planned, ...builds });
  }

  private takeExplanation({ steps, comparison }: Explained): void {
    this.differences = new Map(steps.map(({ node, ...difference }) => [node, difference]));
    this.comparison = comparison;
    this.refresh();
  }

  private get build(): Build | undefined {
    return this.services.builds.of(this.uri);
  }

  /** Something that is shown may be another; a hidden page sees it when it is back. */
  private refresh(): void {
    if (!this.page.isLookedAt) return;
    this.showNow();
    this.page.sendContext();
  }

  /** Works out what is to be seen now. */
  private showNow(): void {
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
    this.followSteps(stops[0]?.step);
  }

  /** The step that the debugger stands at is the one that is looked at. */
  private followSteps(step: string | undefined): void {
    if (step === this.standsAt) return;
    this.standsAt = step;
    const node = this.page.graph.nodes.find(
      (one) => step !== undefined && one.neutralDigest === step,
    );
    if (node !== undefined) this.page.goTo(node.id);
  }

  /** The vertex of the selected node, where the running build has it. */
  get selectedDigest(): string | undefined {
    const { selected } = this.page;
    return selected === null ? undefined : this.requests.builtNode(selected)?.digest;
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

const isOfSame = (a: BuildComparison | undefined, b: BuildComparison): boolean =>
  a?.earlier === b.earlier && a.later === b.later;

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

/** What the page of a file's graph asks about a step, and what it has done to one. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { StepAct, WebviewCommand } from '../proto/messages/webview';
import type { GraphNode, NodeId } from '../proto/model/build-graph';
import type { Build } from './builds';
import { startBuild } from './debug';
import { nodeOf, type GraphPage, type PageRequest } from './graph-page';
import type { GraphServices } from './graph-services';
import { toggleBreakpoint } from './node-breakpoints';
import { messageOf } from './views/words';

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

export class StepRequests {
  constructor(
    private readonly page: GraphPage,
    private readonly uri: vscode.Uri,
    private readonly services: GraphServices,
    private readonly build: () => Build | undefined,
  ) {}

  async act(message: PageRequest): Promise<void> {
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
        const build = this.build();
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
    const build = this.build();
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
    const build = this.build();
    const node = this.builtNode(id);
    if (build !== undefined && node !== undefined) return { build, node };
    throw new Error(vscode.l10n.t('This step has not been built yet.'));
  }

  /** The counterpart of a shown node in the graph of the last build. */
  builtNode(id: NodeId): GraphNode | undefined {
    const neutral = nodeOf(this.page.graph, id)?.neutralDigest;
    return this.build()?.graph.nodes.find((node) => node.neutralDigest === neutral);
  }
}

/**
 * Tells of a running build in a notification that can cancel it: how many steps are done, and which
 * one runs. A build in the debugger has the debugger's own bar, and a short one needs no word.
 */
import * as vscode from 'vscode';
import type { BuildGraph } from '../proto/model/build-graph';
import { isActive, type Build, type Builds } from './builds';

/** Milliseconds before a build is worth a notification. */
const patience = 1_500;

export class BuildProgress implements vscode.Disposable {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly builds: Builds) {
    this.subscription = builds.onDidChange((build) => this.meet(build));
  }

  dispose(): void {
    this.subscription.dispose();
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private meet({ buildId, session, uri }: Build): void {
    if (this.timers.has(buildId) || session.configuration['noDebug'] !== true) return;
    this.timers.set(
      buildId,
      setTimeout(() => {
        const build = this.builds.of(uri);
        if (build?.buildId === buildId && isActive(build)) void this.show(build);
      }, patience),
    );
  }

  /** Until the build ends, or another one of the same file takes its place. */
  private show({ buildId, session, uri }: Build): Thenable<void> {
    return vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: session.name,
        cancellable: true,
      },
      (progress, cancellation) =>
        new Promise((resolve) => {
          const look = (): void => {
            const build = this.builds.of(uri);
            if (build?.buildId === buildId && isActive(build)) {
              progress.report({ message: progressText(build.graph) });
              return;
            }
            listening.dispose();
            cancelling.dispose();
            resolve();
          };
          const listening = this.builds.onDidChange(look);
          const cancelling = cancellation.onCancellationRequested(() => {
            void vscode.debug.stopDebugging(session);
          });
          look();
        }),
    );
  }
}

function progressText({ nodes, status }: BuildGraph): string {
  const steps = nodes.filter(({ internal }) => !internal);
  const done = steps.filter(({ id }) => ['done', 'cached'].includes(status[id]?.state ?? ''));
  const running = steps.find(({ id }) => status[id]?.state === 'running');
  const count = vscode.l10n.t('{0} of {1} steps', done.length, steps.length);
  return running === undefined ? count : `${count}: ${running.name.replace(/\s+/g, ' ')}`;
}

/** The commands of the palette, the menus and the graph's buttons. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { type ShellArguments, ShellRequest } from '../proto/messages/debug-adapter';
import { isString, object } from '../proto/messages/validate';
import { documentAtHand, sayOpenAFile } from './build-files';
import type { BuilderService } from './builder-service';
import { isActive, type Builds } from './builds';
import type { BuildersStatus } from './builders-status';
import {
  compositionAtHand,
  isComposition,
  type ComposedAction,
  type ComposedBuilds,
} from './composed-builds';
import { compareBuilds, compareRecord } from './compare-builds';
import { DEBUG_TYPE, debugToHere, startBuild } from './debug';
import type { GraphPanels } from './graph-panels';
import { selectTarget, type Profiles } from './profile';
import type { BuilderEntry } from './service/protocol';
import { requireTrust } from './trust';

export type CommandServices = {
  readonly panels: GraphPanels;
  readonly builds: Builds;
  readonly profiles: Profiles;
  readonly composed: ComposedBuilds;
  readonly service: BuilderService;
  readonly builders: BuildersStatus;
  readonly client: LanguageClient;
  readonly log: vscode.LogOutputChannel;
};

export function registerCommands(services: CommandServices): vscode.Disposable {
  const { panels, builds, profiles, composed, client, log } = services;
  const withFile = (uri: unknown, run: (file: vscode.Uri) => unknown) =>
    runWithFile(uri instanceof vscode.Uri ? uri : fileAtHand(panels), run);
  const withBuild = (
    action: ComposedAction,
    uri: unknown,
    run: (file: vscode.Uri) => unknown,
  ): Promise<void> =>
    withFile(uri ?? compositionAtHand(), (file) =>
      isComposition(file) ? composed.choose(action, file) : run(file),
    );
  const table: Readonly<Record<string, (uri?: unknown) => unknown>> = {
    'llbLens.showGraph': (uri) => withBuild('graph', uri, (file) => panels.show(file)),
    'llbLens.whyMissed': (uri) => withFile(uri, (file) => panels.explain(file)),
    'llbLens.compareBuilds': (item) =>
      isBuild(item)
        ? compareRecord(services, item.ref)
        : withFile(item, (file) => compareBuilds(services, file)),
    'llbLens.run': (uri) => withBuild('run', uri, (file) => startBuild(file, 'run')),
    'llbLens.debug': (uri) => withBuild('debug', uri, (file) => startBuild(file, 'debug')),
    'llbLens.stop': (uri) => withFile(uri, (file) => stopBuild(builds, file)),
    'llbLens.openShell': () => openShell({}),
    'llbLens.openShellHere': () => {
      const digest = panels.selectedDigest;
      return openShell(digest === undefined ? {} : { digest });
    },
    'llbLens.debugToHere': () => debugToHere(),
    'llbLens.selectTarget': () => selectTarget(profiles, client),
    'llbLens.selectBuilder': () => selectBuilder(services),
    'llbLens.restartLanguageServer': () => client.restart(),
    'llbLens.showLog': () => log.show(),
  };
  return vscode.Disposable.from(
    ...Object.entries(table).map(([id, run]) => vscode.commands.registerCommand(id, run)),
  );
}

/** An item of the Builds view. */
const isBuild = object<{ readonly ref: string }>({ ref: isString });

/** The file whose graph or editor has the focus. */
function fileAtHand(panels: GraphPanels): vscode.Uri | undefined {
  return panels.activeFile ?? documentAtHand()?.uri;
}

async function runWithFile(
  file: vscode.Uri | undefined,
  run: (file: vscode.Uri) => unknown,
): Promise<void> {
  if (file !== undefined) {
    await run(file);
    return;
  }
  await sayOpenAFile();
}

async function stopBuild(builds: Builds, uri: vscode.Uri): Promise<void> {
  const build = builds.of(uri);
  if (build !== undefined && isActive(build)) await vscode.debug.stopDebugging(build.session);
}

async function openShell(at: ShellArguments): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('A shell opens inside a step of a build that is stopped in the debugger.'),
    );
    return;
  }
  try {
    await session.customRequest(ShellRequest, at);
  } catch (error) {
    await vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

/** Offers the builders that are there, and says what to do where there is none. */
async function selectBuilder({ service, builders }: CommandServices): Promise<void> {
  if (!(await requireTrust())) return;
  let entries: readonly BuilderEntry[] = [];
  let problem: string | undefined;
  try {
    entries = (await service.request('builder/list', {})).builders;
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const uri = documentAtHand()?.uri;
  const state = uri === undefined ? undefined : builders.stateOf(uri);
  const recheck = {
    label: vscode.l10n.t('$(refresh) Check again'),
    detail: problem ?? (state?.state === 'unavailable' ? (state.remedy ?? '') : ''),
  };
  const settings = { label: vscode.l10n.t('$(gear) Enter an address in the settings') };
  const items = entries.map((entry) => ({
    label: entry.name,
    description: entry.driver,
    detail: entry.address ?? '',
    picked: entry.current,
    entry,
  }));
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem>(
    [...items, recheck, settings],
    { title: vscode.l10n.t('BuildKit builder'), placeHolder: state?.text ?? '' },
  );
  if (picked === undefined) return;
  const chosen = items.find((item) => item === picked)?.entry;
  if (chosen !== undefined) {
    const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
    await vscode.workspace
      .getConfiguration('llbLens', uri)
      .update(
        'builder',
        chosen.builder,
        folder === undefined
          ? vscode.ConfigurationTarget.Global
          : vscode.ConfigurationTarget.WorkspaceFolder,
      );
  } else if (picked === settings) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'llbLens.builder');
  } else {
    builders.recheck();
  }
}

/** The debug type `buildkit`: configurations filled in, the adapter started, unsaved text sent. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import {
  SourceRequest,
  type LaunchAttributes,
  type SourceArguments,
} from '../proto/messages/debug-adapter';
import { isString, object } from '../proto/messages/validate';
import { documentAtHand } from './build-files';
import { isActive, type Builds } from './builds';
import { nodeEnvironment } from './bundles';
import type { Profiles } from './profile';
import { builderFor, toolsFor } from './settings';
import { ownTerminals, registerShellTerminals } from './shell-terminals';
import { requireTrust } from './trust';

export const DEBUG_TYPE = 'buildkit';

/** Milliseconds without an edit after which a live session gets the new text. */
const QUIET = 300;

/** @param adapter the adapter's main file */
export function registerDebugging(
  adapter: string,
  profiles: Profiles,
  builds: Builds,
): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: () =>
        new vscode.DebugAdapterExecutable(process.execPath, [adapter], { env: nodeEnvironment }),
    }),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new Configurations(profiles)),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      { provideDebugConfigurations: offered },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
      createDebugAdapterTracker: (session) => new Tracker(session, builds),
    }),
    sendEdits(builds),
    registerShellTerminals(DEBUG_TYPE),
  );
}

/** Builds a file: with the debugger, or straight through. */
export async function startBuild(
  uri: vscode.Uri,
  mode: 'run' | 'debug',
  attributes: StartAttributes = {},
): Promise<boolean> {
  if (!(await requireTrust())) return false;
  return vscode.debug.startDebugging(
    vscode.workspace.getWorkspaceFolder(uri),
    { ...configurationFor(uri), ...attributes },
    { noDebug: mode === 'run' },
  );
}

/** What a command asks of a build besides its file; it goes before the user's own choices. */
export type StartAttributes = Pick<
  LaunchAttributes,
  'target' | 'context' | 'buildArgs' | 'stopOnEntry' | 'stopAt' | 'openShell'
>;

/** Debugs the file of the active editor up to the line of the cursor. */
export async function debugToHere(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return;
  await startBuild(editor.document.uri, 'debug', { stopAt: editor.selection.active.line + 1 });
}

type Configuration = vscode.DebugConfiguration & LaunchAttributes;

function configurationFor(uri: vscode.Uri): Configuration {
  const isDerivation = uri.path.endsWith('.drv');
  return {
    type: DEBUG_TYPE,
    request: 'launch',
    name: vscode.l10n.t('Build {0}', basename(uri.path)),
    ...(isDerivation ? { derivation: uri.fsPath } : { file: uri.fsPath }),
  };
}

/** What "Show all automatic debug configurations" offers: the file at hand. */
function offered(): vscode.DebugConfiguration[] {
  const document = documentAtHand();
  return document === undefined ? [] : [configurationFor(document.uri)];
}

/** Fills in what a configuration leaves out; F5 with no launch.json builds the file at hand. */
class Configurations implements vscode.DebugConfigurationProvider {
  constructor(private readonly profiles: Profiles) {}

  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (!(await requireTrust())) return undefined;
    // Without a launch.json VS Code hands over a configuration with nothing in it.
    const given: Partial<vscode.DebugConfiguration> = configuration;
    if (given.type !== undefined && given.request !== undefined) return configuration;
    const document = documentAtHand();
    if (document !== undefined) return configurationFor(document.uri);
    await vscode.window.showErrorMessage(
      vscode.l10n.t('Open a Dockerfile or a .drv file to build it, or name one in launch.json.'),
    );
    return undefined;
  }

  /** The user's choices in the editor go before launch.json; defaults come last. */
  resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    const path = sourcePath(configuration, folder);
    if (path === undefined) return configuration;
    const uri = vscode.Uri.file(path);
    const builder = builderFor(uri);
    const isDerivation = path.endsWith('.drv');
    const asked: unknown = configuration['openShell'] ?? configuration['stopOnEntry'];
    const target: unknown = configuration['target'];
    return {
      ...(builder === undefined ? {} : { builder }),
      ...toolsFor(uri),
      ...(isDerivation ? {} : { context: dirname(path) }),
      ...configuration,
      ...this.profiles.of(uri),
      // What a lens above a stage asks for is that stage, whatever is chosen for the file.
      ...(asked !== undefined && typeof target === 'string' ? { target } : {}),
      ...(isDerivation ? { derivation: path, file: undefined } : { file: path }),
    };
  }
}

/** The absolute path of what a configuration builds. */
function sourcePath(
  configuration: vscode.DebugConfiguration,
  folder: vscode.WorkspaceFolder | undefined,
): string | undefined {
  const named: unknown = configuration['derivation'] ?? configuration['file'];
  if (typeof named !== 'string' || named === '') return undefined;
  return folder === undefined ? named : absolute(folder.uri, named);
}

function absolute(folder: vscode.Uri, path: string): string {
  const isAbsolute = path.startsWith('/') || /^[a-z]:[\\/]/i.test(path);
  return isAbsolute ? path : vscode.Uri.joinPath(folder, path).fsPath;
}

const isResponse = object<{ type: string; command: string }>({ type: isString, command: isString });

/** Reads along with the debug protocol. */
class Tracker implements vscode.DebugAdapterTracker {
  constructor(
    private readonly session: vscode.DebugSession,
    private readonly builds: Builds,
  ) {}

  onDidSendMessage(message: unknown): void {
    if (isResponse(message) && message.type === 'response' && message.command === 'initialize') {
      // The answer is on its way to the editor, which then sends `launch`; what is asked for here
      // goes out before that, so the adapter has the unsaved text when it compiles.
      sendSource(this.session);
      ownTerminals(this.session);
      // A short build may be over before its graph is seen here.
      this.builds.hold(this.session, true);
    }
  }
}

/** Keeps the adapters of live builds up to date with the text in the editor. */
function sendEdits(builds: Builds): vscode.Disposable {
  const timers = new Map<string, NodeJS.Timeout>();
  return vscode.workspace.onDidChangeTextDocument(({ document }) => {
    const build = builds.of(document.uri);
    if (build === undefined || !isActive(build)) return;
    clearTimeout(timers.get(build.buildId));
    timers.set(
      build.buildId,
      setTimeout(() => {
        timers.delete(build.buildId);
        sendSource(build.session);
      }, QUIET),
    );
  });
}

/** Sends what the editor holds of the file that a session builds; it may differ from the disk. */
function sendSource(session: vscode.DebugSession): void {
  const path = sourcePath(session.configuration, session.workspaceFolder);
  if (path === undefined) return;
  const uri = vscode.Uri.file(path).toString();
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
  if (document === undefined) return;
  const args: SourceArguments = { path, text: document.getText(), version: document.version };
  // The session may be over before it answers; there is nobody left to tell then.
  session.customRequest(SourceRequest, args).then(undefined, () => undefined);
}

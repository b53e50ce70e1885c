/**
 * As much of VS Code as a graph panel meets, for tests without an editor: events that count who
 * listens, panels that are hidden, shown and closed by the test, and what was posted to them.
 *
 * Use: `vi.mock('vscode', () => import('./testing/vscode-stand-in'))`.
 */

type Listener = (event: unknown) => unknown;

/** Every listener of every event that is still registered. */
const listening = new Set<object>();

/** Status bar items by name, as far as they are shown. */
const statusBar = new Map<string, string>();

export class EventEmitter {
  private readonly listeners = new Map<object, Listener>();

  readonly event = (listener: Listener): Disposable => {
    const key = {};
    this.listeners.set(key, listener);
    listening.add(key);
    return new Disposable(() => {
      this.listeners.delete(key);
      listening.delete(key);
    });
  };

  fire(event?: unknown): void {
    for (const listener of [...this.listeners.values()]) listener(event);
  }

  /** Whoever listens to an emitter that is gone holds nothing. */
  dispose(): void {
    for (const key of this.listeners.keys()) listening.delete(key);
    this.listeners.clear();
  }
}

export class Disposable {
  static from(...all: readonly Disposable[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }

  constructor(private readonly end: () => void) {}

  dispose(): void {
    this.end();
  }
}

export class CancellationTokenSource {
  readonly token = { isCancellationRequested: false };
  cancel(): void {
    this.token.isCancellationRequested = true;
  }
}

export class Uri {
  static parse(text: string): Uri {
    const { protocol, pathname } = new URL(text);
    return new Uri(protocol.slice(0, -1), pathname);
  }
  static file(path: string): Uri {
    return new Uri('file', path);
  }
  static joinPath({ scheme, path }: Uri, ...parts: readonly string[]): Uri {
    return new Uri(scheme, [path, ...parts].join('/'));
  }
  constructor(
    readonly scheme: string,
    readonly path: string,
  ) {}
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

class StandInWebview {
  html = '';
  options = {};
  readonly cspSource = 'self';
  readonly posted: { readonly type: string }[] = [];
  readonly received = new EventEmitter();
  readonly onDidReceiveMessage = this.received.event;
  asWebviewUri(uri: Uri): Uri {
    return uri;
  }
  postMessage(message: { readonly type: string }): Promise<boolean> {
    this.posted.push(message);
    return Promise.resolve(true);
  }
}

/** Like VS Code's own, a panel that is closed may not be asked anything any more. */
class StandInPanel {
  title = '';
  iconPath: unknown;
  readonly page = new StandInWebview();
  isShown = true;
  private isClosed = false;
  private readonly viewState = new EventEmitter();
  private readonly closed = new EventEmitter();
  readonly onDidChangeViewState = this.viewState.event;
  readonly onDidDispose = this.closed.event;

  get webview(): StandInWebview {
    if (this.isClosed) throw new Error('Webview is disposed');
    return this.page;
  }
  get visible(): boolean {
    if (this.isClosed) throw new Error('Webview is disposed');
    return this.isShown;
  }
  get active(): boolean {
    return this.visible;
  }
  reveal(): void {
    this.turn(true);
  }
  dispose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.closed.fire();
    for (const one of [this.viewState, this.closed, this.page.received]) one.dispose();
  }
  turn(shown: boolean): void {
    if (this.isShown === shown) return;
    this.isShown = shown;
    this.viewState.fire({ webviewPanel: this });
  }
}

const panels: StandInPanel[] = [];

/** What tests do and see. */
export const standIn = {
  /** Listeners of all events of the editor and of our own. */
  listeners: (): number => listening.size,
  statusBar: (): ReadonlyMap<string, string> => statusBar,
  newestPanel: (): StandInPanel => {
    const newest = panels.at(-1);
    if (newest === undefined) throw new Error('no panel was made');
    return newest;
  },
  /** The page of a panel says something. */
  say: (panel: StandInPanel, message: object): void => {
    panel.page.received.fire({ v: 1, ...message });
  },
};

const event = () => new EventEmitter().event;
const nothing = (): undefined => undefined;

export const window = {
  activeTextEditor: undefined,
  visibleTextEditors: [],
  onDidChangeTextEditorSelection: event(),
  onDidChangeActiveTextEditor: event(),
  createTextEditorDecorationType: () => ({ dispose: nothing }),
  createOutputChannel: () => ({ debug: nothing, info: nothing, warn: nothing, error: nothing }),
  createStatusBarItem: () => {
    const item = {
      name: '',
      text: '',
      show: () => statusBar.set(item.name, item.text),
      hide: () => statusBar.delete(item.name),
      dispose: () => statusBar.delete(item.name),
    };
    return item;
  },
  createWebviewPanel: () => {
    const panel = new StandInPanel();
    panels.push(panel);
    return panel;
  },
};

export const workspace = {
  isTrusted: true,
  textDocuments: [],
  openTextDocument: (uri: Uri) => Promise.resolve({ uri, getText: () => 'FROM scratch\n' }),
  asRelativePath: ({ path }: Uri) => path,
  getConfiguration: () => ({ get: (_name: string, otherwise?: unknown) => otherwise }),
  createFileSystemWatcher: () => ({
    onDidCreate: event(),
    onDidChange: event(),
    onDidDelete: event(),
    dispose: nothing,
  }),
  onDidSaveTextDocument: event(),
  onDidOpenTextDocument: event(),
  onDidChangeTextDocument: event(),
  onDidCloseTextDocument: event(),
  onDidChangeConfiguration: event(),
  onDidGrantWorkspaceTrust: event(),
};

export const debug = {
  onDidReceiveDebugSessionCustomEvent: event(),
  onDidTerminateDebugSession: event(),
};

export const languages = { createLanguageStatusItem: () => ({ dispose: nothing }) };

export const l10n = {
  t: (text: string, ...values: readonly unknown[]): string =>
    text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)])),
};

export const env = { language: 'en' };
export const ViewColumn = { One: 1, Beside: -2 };
export const StatusBarAlignment = { Right: 2 };
export const LanguageStatusSeverity = { Warning: 1, Information: 0 };
export const FileType = { Directory: 2, File: 1, SymbolicLink: 64, Unknown: 0 };

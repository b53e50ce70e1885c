/**
 * Terminals of shells inside a build. The debug adapter has the shell; here its bytes become a
 * terminal of the editor, with no program and no shell of this machine in between.
 */
import * as vscode from 'vscode';
import { OwnTerminalsRequest, ShellEvent } from '../proto/messages/debug-adapter';
import { isShellEventBody } from '../proto/messages/validate-debug-adapter';
import { type AttachedShell, attachShell, readLink } from './engine/shell/terminal-client';

/** What every terminal began with; the real size follows as soon as one is drawn. */
const firstSize = { rows: 24, columns: 80 };

/** Enter, Ctrl+C and Ctrl+D, as a terminal sends them. */
const endingKeys = ['\r', '\u0003', '\u0004'];

export function registerShellTerminals(debugType: string): vscode.Disposable {
  return vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
    const content: unknown = body;
    if (session.type !== debugType || event !== ShellEvent || !isShellEventBody(content)) return;
    const { title, linkFile } = content;
    const terminal = vscode.window.createTerminal({
      name: title,
      iconPath: new vscode.ThemeIcon('debug-console'),
      isTransient: true,
      pty: new ShellTerminal(linkFile),
    });
    terminal.show();
    if (!isShown(session)) showAgain(session, terminal);
  });
}

/** How long the editor may take to show a stop that a shell came with. Milliseconds. */
const stopTimeout = 3_000;

/** Whether the editor shows where a session has stopped. */
function isShown(session: vscode.DebugSession): boolean {
  const item = vscode.debug.activeStackItem;
  return item instanceof vscode.DebugStackFrame && item.session.id === session.id;
}

/** A stop that is shown after its shell takes the focus away, and keys would go into the file. */
function showAgain(session: vscode.DebugSession, terminal: vscode.Terminal): void {
  const watch = vscode.debug.onDidChangeActiveStackItem((): void => {
    if (!isShown(session)) return;
    end();
    terminal.show();
  });
  const timer = setTimeout(end, stopTimeout);
  function end(): void {
    clearTimeout(timer);
    watch.dispose();
  }
}

/** Tells the adapter that it need not ask for a program to be run. */
export function ownTerminals(session: vscode.DebugSession): void {
  // The session may be over before it answers; then there are no shells.
  session.customRequest(OwnTerminalsRequest).then(undefined, () => undefined);
}

class ShellTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number | undefined>();
  private readonly decoder = new TextDecoder();
  private readonly shell: Promise<AttachedShell | undefined>;
  /** What came before the terminal was drawn; undefined from then on. */
  private early: string[] | undefined = [];
  /** Nothing runs any more; a key that ends shells closes the terminal. */
  private isOver = false;

  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;

  constructor(linkFile: string) {
    this.shell = this.attach(linkFile);
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    const early = this.early ?? [];
    this.early = undefined;
    for (const text of early) this.written.fire(text);
    if (size !== undefined) this.setDimensions(size);
  }

  setDimensions({ rows, columns }: vscode.TerminalDimensions): void {
    void this.shell.then((shell) => shell?.resize(rows, columns));
  }

  handleInput(data: string): void {
    if (!this.isOver) void this.shell.then((shell) => shell?.write(Buffer.from(data)));
    // Any key would do elsewhere. Here a session may end while somebody types, whose other keys
    // would go into the editor then.
    else if (endingKeys.some((key) => data.includes(key))) this.closed.fire(undefined);
  }

  close(): void {
    void this.shell.then((shell) => shell?.close());
  }

  private async attach(linkFile: string): Promise<AttachedShell | undefined> {
    const link = await readLink(linkFile);
    if (link === undefined) {
      this.over(vscode.l10n.t('This shell is no longer offered.'));
      return undefined;
    }
    return attachShell(link, firstSize, {
      output: (data) => this.show(this.decoder.decode(data, { stream: true })),
      exit: (code) => {
        this.isOver = true;
        this.closed.fire(code);
      },
      lost: (reason) => this.over(reason ?? vscode.l10n.t('The debug session has ended.')),
    });
  }

  /** The last words stay to be read. */
  private over(reason: string): void {
    this.isOver = true;
    const close = vscode.l10n.t('Press Enter to close the terminal.');
    this.show(`\r\n${reason}\r\n${close}\r\n`);
  }

  private show(text: string): void {
    if (this.early === undefined) this.written.fire(text);
    else this.early.push(text);
  }
}

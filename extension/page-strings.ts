/** The texts of graphs in the editor's language. */
import * as vscode from 'vscode';
import { webviewStrings } from '../proto/messages/webview-strings';

export const pageStrings = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(webviewStrings).map(([key, text]) => [key, vscode.l10n.t(text)]),
  );

/** The page of a graph webview, as this editor serves it. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { webviewPage } from '../proto/messages/webview-page';
import { webviewStrings } from '../proto/messages/webview-strings';

/** @param media the folder of the page's files */
export function pageFor(webview: vscode.Webview, media: vscode.Uri, title: string): string {
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  return webviewPage({
    title,
    language: vscode.env.language,
    nonce: randomBytes(16).toString('base64'),
    cspSource: webview.cspSource,
    script: file('main.js'),
    style: file('style.css'),
    boot: {
      layoutWorker: file('layout-worker.js'),
      layoutEngine: file('elk-worker.min.js'),
      strings: Object.fromEntries(
        Object.entries(webviewStrings).map(([key, text]) => [key, vscode.l10n.t(text)]),
      ),
    },
  });
}

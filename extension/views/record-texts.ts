/**
 * Read-only documents out of a builder: the Dockerfile as a build read it, logs, attestations, and
 * what a builder tells of itself.
 *
 * `llb-record:/<ref>/<index>/<name>` is a text of a build's record, which the builder or the bundle
 * still has after a restart of the editor; `llb-record:/shown/<number>/<name>` is one that was made here.
 */
import * as vscode from 'vscode';
import type { BuilderService } from '../builder-service';
import { parseRecordText, RECORD_SCHEME } from '../engine/history/record-uri';
import { builderFor } from '../settings';
import { registerLogLinks } from './log-links';

export class RecordTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly shown = new Map<string, string>();
  /** Where builds had their files, by the path of a text of theirs. */
  private readonly folders = new Map<string, string>();
  private count = 0;
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration: vscode.Disposable;

  constructor(private readonly service: BuilderService) {
    this.registration = vscode.Disposable.from(
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(RECORD_SCHEME, this),
      registerLogLinks(({ path }) => this.folders.get(path)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme !== RECORD_SCHEME) return;
        this.shown.delete(uri.path);
        this.folders.delete(uri.path);
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const known = this.shown.get(uri.path);
    if (known !== undefined) return known;
    const { ref, index, bundle } = parseRecordText(uri);
    if (ref === 'shown') throw vscode.FileSystemError.FileNotFound(uri);
    const builder = builderFor(undefined);
    const { text } = await this.service.request('history/source', {
      ...(bundle === undefined ? builder !== undefined && { builder } : { bundle }),
      ref,
      index,
    });
    return text;
  }

  /**
   * Opens a text as a read-only document; the name's ending chooses the language.
   * @param folder where the build had its files, for the links of a log
   */
  async show(name: string, text: string, folder?: string): Promise<void> {
    const uri = vscode.Uri.from({
      scheme: RECORD_SCHEME,
      path: `/shown/${++this.count}/${name.replace(/[/\\?#]/g, '-')}`,
    });
    this.shown.set(uri.path, text);
    if (folder !== undefined) this.folders.set(uri.path, folder);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
      preview: true,
    });
  }

  dispose(): void {
    this.registration.dispose();
  }
}

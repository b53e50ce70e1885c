/**
 * Read-only documents out of a builder: the Dockerfile as a build read it, logs, attestations, and
 * what a builder tells of itself.
 *
 * `llb-record:/<ref>/<index>/<name>` is a text of a build's record, which the builder still has
 * after a restart of the editor; `llb-record:/shown/<number>/<name>` is one that was made here.
 */
import * as vscode from 'vscode';
import type { BuilderService } from '../builder-service';
import { RECORD_SCHEME } from '../engine/history/scheme';
import { builderFor } from '../settings';

export class RecordTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly shown = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration: vscode.Disposable;

  constructor(private readonly service: BuilderService) {
    this.registration = vscode.Disposable.from(
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(RECORD_SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === RECORD_SCHEME) this.shown.delete(uri.path);
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const known = this.shown.get(uri.path);
    if (known !== undefined) return known;
    const [, ref = '', index = ''] = uri.path.split('/');
    if (ref === 'shown') throw vscode.FileSystemError.FileNotFound(uri);
    const builder = builderFor(undefined);
    const { text } = await this.service.request('history/source', {
      ...(builder === undefined ? {} : { builder }),
      ref,
      index: Number(index),
    });
    return text;
  }

  /** Opens a text as a read-only document; the name's ending chooses the language. */
  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({
      scheme: RECORD_SCHEME,
      path: `/shown/${this.shown.size + 1}/${name.replace(/[/\\?#]/g, '-')}`,
    });
    this.shown.set(uri.path, text);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
      preview: true,
    });
  }

  dispose(): void {
    this.registration.dispose();
  }
}

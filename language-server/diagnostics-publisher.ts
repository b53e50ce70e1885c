/**
 * Diagnostics on their way to the client: pushed with the version they belong to, once for a burst
 * of edits, or pulled by a client that offers it.
 *
 * What the text alone shows goes out at once. What another program says comes later, is cancelled by
 * the next edit, and replaces the first answer only when it has something to say.
 */
import type { Connection } from 'vscode-languageserver';
import type { Diagnostic } from 'vscode-languageserver-types';
import type { BuildFile } from './build-file';
import { quickChecks, slowChecks } from './checks/checks';
import type { DocumentSettings } from './document-settings';
import type { ServerHost } from './host';

type Later = { readonly file: BuildFile; readonly diagnostics: readonly Diagnostic[] };

export class DiagnosticsPublisher {
  /** What slow checks have said last, by document. */
  private readonly later = new Map<string, Later>();
  private readonly running = new Map<string, AbortController>();

  /**
   * @param isCurrent whether a file is still the newest version of its document
   * @param pulls the client asks for diagnostics and is told when to ask again
   */
  constructor(
    private readonly connection: Connection,
    private readonly host: ServerHost,
    private readonly settings: DocumentSettings,
    private readonly isCurrent: (file: BuildFile) => boolean,
    private readonly pulls: () => boolean,
  ) {}

  /** Works out a version's diagnostics and sends them to a client that does not ask. */
  async refresh(file: BuildFile): Promise<void> {
    if (this.pulls()) return;
    const quick = await this.quick(file);
    if (!this.isCurrent(file)) return;
    await this.send(file, quick);
    const before = this.later.get(file.document.uri);
    const slow = await this.slow(file);
    if (slow === undefined || (slow.length === 0 && (before?.diagnostics.length ?? 0) === 0))
      return;
    if (this.isCurrent(file)) await this.send(file, [...quick, ...slow]);
  }

  /** Something besides the text has changed: a client that asks shall ask again. */
  again(): void {
    if (this.pulls()) void this.connection.languages.diagnostics.refresh();
  }

  /** Answers a client that asks; what comes later makes it ask again. */
  async pull(file: BuildFile): Promise<Diagnostic[]> {
    const quick = await this.quick(file);
    const known = this.later.get(file.document.uri);
    if (known?.file === file) return [...quick, ...known.diagnostics];
    this.slow(file)
      .then(async (slow) => {
        if (slow !== undefined && slow.length > 0) {
          await this.connection.languages.diagnostics.refresh();
        }
      })
      .catch((error: unknown) => {
        this.connection.console.error(error instanceof Error ? error.message : String(error));
      });
    return quick;
  }

  /** The text has changed: what is being worked out is about an old one. */
  cancel(uri: string): void {
    this.running.get(uri)?.abort();
    this.running.delete(uri);
  }

  close(uri: string): void {
    this.cancel(uri);
    this.later.delete(uri);
    if (!this.pulls()) void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  private async quick(file: BuildFile): Promise<Diagnostic[]> {
    const settings = await this.settings.get(file.document.uri);
    const [own, more] = await Promise.all([
      file.diagnostics(),
      file.view === undefined ? [] : quickChecks(file.view, this.host, settings, file.contextUri),
    ]);
    return [...own, ...more];
  }

  /** Undefined when it has been cancelled. */
  private async slow(file: BuildFile): Promise<readonly Diagnostic[] | undefined> {
    const { uri } = file.document;
    if (file.view === undefined) return [];
    this.cancel(uri);
    const controller = new AbortController();
    this.running.set(uri, controller);
    const settings = await this.settings.get(uri);
    const diagnostics = await slowChecks(file.view, this.host, settings, controller.signal);
    if (controller.signal.aborted) return undefined;
    this.later.set(uri, { file, diagnostics });
    return diagnostics;
  }

  private async send(file: BuildFile, diagnostics: readonly Diagnostic[]): Promise<void> {
    const { uri, version } = file.document;
    await this.connection.sendDiagnostics({ uri, version, diagnostics: [...diagnostics] });
  }
}

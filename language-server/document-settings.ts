/** The settings of each document: asked of the client once, and again when they have changed. */
import type { Connection } from 'vscode-languageserver';
import type { NetworkUse } from '../proto/messages/language-server';
import { defaultSettings, settingsOf, settingsSection, type Settings } from './settings';

export class DocumentSettings {
  private readonly asked = new Map<string, Promise<Settings>>();
  private readonly known = new Map<string, Settings>();
  private shared: Settings = defaultSettings;
  private canAsk = false;

  /** @param onKnown called when a document's settings have been asked for and are known now */
  constructor(
    private readonly connection: Connection,
    private readonly onKnown: () => void = () => undefined,
  ) {}

  /**
   * @param options what the client gave at `initialize`; counts where it cannot be asked
   * @param canAsk it answers `workspace/configuration`
   */
  start(options: unknown, canAsk: boolean): void {
    this.shared = settingsOf(inSection(options));
    this.canAsk = canAsk;
  }

  /** The settings as far as they are known by now. */
  current(uri: string): Settings {
    return this.known.get(uri) ?? this.shared;
  }

  /** What a document may ask of registries: nothing before its settings are known. */
  network(uri: string): NetworkUse {
    if (this.canAsk && !this.known.has(uri)) return 'off';
    return this.current(uri).network;
  }

  async get(uri: string): Promise<Settings> {
    if (!this.canAsk) return this.shared;
    let answer = this.asked.get(uri);
    if (answer === undefined) {
      answer = this.ask(uri);
      this.asked.set(uri, answer);
    }
    const settings = await answer;
    const isNews = this.asked.get(uri) === answer && !this.known.has(uri);
    if (this.asked.get(uri) === answer) this.known.set(uri, settings);
    if (isNews) this.onKnown();
    return settings;
  }

  /** @param settings what a client sent along that cannot be asked */
  changed(settings: unknown): void {
    this.asked.clear();
    this.known.clear();
    if (!this.canAsk) this.shared = settingsOf(inSection(settings));
  }

  drop(uri: string): void {
    this.asked.delete(uri);
    this.known.delete(uri);
  }

  private async ask(uri: string): Promise<Settings> {
    try {
      const answer: unknown = await this.connection.workspace.getConfiguration({
        scopeUri: uri,
        section: settingsSection,
      });
      return settingsOf(answer);
    } catch {
      return this.shared; // A client that offered the request and does not answer it.
    }
  }
}

/** Settings may come bare or below their section. */
function inSection(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return fields[settingsSection] ?? fields['settings'] ?? value;
}

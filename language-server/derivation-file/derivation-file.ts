/** A derivation as a {@link BuildFile}: what the file says, and the graph of its whole closure. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  DiagnosticSeverity,
  SymbolKind,
  type CodeAction,
  type Diagnostic,
  type DocumentLink,
  type DocumentSymbol,
  type FoldingRange,
  type Location,
  type Position,
  type Range,
} from 'vscode-languageserver-types';
import type { BuildTarget } from '../../proto/messages/language-server';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { emptyGraph } from '../../proto/model/build-graph';
import type { BuildFile, Compiled, MarkdownHover } from '../build-file';
import {
  byteStringOfText,
  derivationDiagnostics,
  derivationSymbols,
  linesOf,
  loadClosure,
  parseDerivation,
  readableDerivation,
  storePathOfFile,
  type Closure,
  type DerivationDiagnostic,
  type DerivationSymbol,
  type Lines,
  type ParsedDerivation,
  type StoreReader,
} from '../derivation';
import { describePlace } from '../derivation/reading/describe';
import { pathAt, placeAt } from '../derivation/reading/place-at';
import type { ServerHost } from '../host';
import { drawnClosure } from './drawn-closure';
import { derivationFixes, type PlacedDiagnostic } from './fixes';
import { derivationLinks, makersOf, uriBeside, usersOf } from './neighbours';

const severities: Readonly<Record<DerivationDiagnostic['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
};

const symbolKinds: Readonly<Record<DerivationSymbol['kind'], SymbolKind>> = {
  outputs: SymbolKind.Namespace,
  output: SymbolKind.Package,
  inputs: SymbolKind.Namespace,
  input: SymbolKind.Module,
  sources: SymbolKind.Namespace,
  source: SymbolKind.File,
  system: SymbolKind.Constant,
  builder: SymbolKind.Function,
  arguments: SymbolKind.Namespace,
  argument: SymbolKind.String,
  environment: SymbolKind.Namespace,
  variable: SymbolKind.Variable,
};

export class DerivationBuildFile implements BuildFile {
  private readonly bytes: Uint8Array;
  private readonly fileName: string;
  private readonly store: StoreReader | undefined;
  private parsedFile: ParsedDerivation | undefined;
  private indexed: Lines | undefined;
  private loaded: Promise<Closure> | undefined;

  constructor(
    readonly document: TextDocument,
    private readonly host: ServerHost,
  ) {
    this.bytes = new TextEncoder().encode(document.getText());
    this.fileName = decodeURIComponent(document.uri.slice(document.uri.lastIndexOf('/') + 1));
    this.store = host.store(document.uri);
  }

  async diagnostics(): Promise<readonly Diagnostic[]> {
    return (await this.problems()).map(({ diagnostic }) => diagnostic);
  }

  async codeActions(range: Range): Promise<CodeAction[]> {
    const at = await this.problems();
    const within = at.filter(({ diagnostic }) => overlap(diagnostic.range, range));
    return derivationFixes(this.document.uri, this.bytes, within, (start, end) =>
      this.range(start, end),
    );
  }

  async hover(position: Position): Promise<MarkdownHover | undefined> {
    const offset = this.lines().offset(position);
    const parsed = this.parsed();
    const place = placeAt(parsed, offset);
    if (place === undefined) return undefined;
    const mention = pathAt(this.bytes, offset);
    const file = {
      path: this.storePath(),
      derivation: parsed.derivation,
      closure: await this.closure(),
    };
    const { start, end } = mention ?? place;
    return { markdown: describePlace(file, place, mention), range: this.range(start, end) };
  }

  async links(): Promise<DocumentLink[]> {
    const closure = await this.closure();
    if (closure === undefined) return [];
    return derivationLinks(this.document.uri, this.bytes, closure, (start, end) =>
      this.range(start, end),
    );
  }

  /** The derivation that the path at a position is, or is made by. */
  async definition(position: Position): Promise<Location | undefined> {
    const closure = await this.closure();
    const mention = pathAt(this.bytes, this.lines().offset(position));
    if (closure === undefined || mention === undefined) return undefined;
    const { path } = mention;
    const drv = closure.derivations.has(path) ? path : makersOf(closure).get(path);
    if (drv === undefined) return undefined;
    const start = { line: 0, character: 0 };
    return { uri: uriBeside(this.document.uri, drv), range: { start, end: start } };
  }

  /** Who else in the folder is built from what stands at a position, or from this file itself. */
  references(position: Position): Promise<Location[]> {
    const mention = pathAt(this.bytes, this.lines().offset(position));
    const own = this.parsed().derivation?.outputs.some(({ path }) => path === mention?.path);
    const path = mention === undefined || own === true ? this.storePath() : mention.path;
    return usersOf(this.document.uri, path, this.host);
  }

  /** The file as text for people; undefined when it cannot be read. */
  readable(): string | undefined {
    const { derivation } = this.parsed();
    return derivation && readableDerivation(this.storePath(), derivation);
  }

  symbols(): readonly DocumentSymbol[] {
    return derivationSymbols(this.parsed()).map((symbol) => this.symbol(symbol));
  }

  /** Nix writes a derivation on one line, so there is nothing to fold. */
  foldingRanges(): readonly FoldingRange[] {
    return [];
  }

  /** A derivation is always built whole. */
  targets(): readonly BuildTarget[] {
    return [];
  }

  async compile(_profile: BuildProfile, previous = emptyGraph): Promise<Compiled> {
    const closure = await this.closure();
    const { derivation } = this.parsed();
    if (closure === undefined || derivation === undefined) {
      const first = this.parsed().errors[0];
      return { graph: undefined, notes: first === undefined ? [] : [first.message] };
    }
    return drawnClosure(closure, this.document.uri, this.host, previous);
  }

  private parsed(): ParsedDerivation {
    this.parsedFile ??= parseDerivation(this.bytes);
    return this.parsedFile;
  }

  private async closure(): Promise<Closure | undefined> {
    if (this.store === undefined || this.parsed().derivation === undefined) return undefined;
    this.loaded ??= loadClosure([{ path: this.storePath(), bytes: this.bytes }], this.store);
    return this.loaded;
  }

  private storePath(): string {
    return storePathOfFile(byteStringOfText(this.fileName), this.parsed().derivation);
  }

  private async problems(): Promise<PlacedDiagnostic[]> {
    const parsed = this.parsed();
    const closure = await this.closure();
    const file = { path: this.storePath(), bytes: this.bytes, parsed };
    return derivationDiagnostics(file, closure).map((found) => {
      const { code, severity, message, start, end } = found;
      const range = this.range(start, end);
      const diagnostic = { range, message, severity: severities[severity], source: 'Nix', code };
      return { found, diagnostic };
    });
  }

  private lines(): Lines {
    this.indexed ??= linesOf(this.bytes);
    return this.indexed;
  }

  private range(start: number, end: number): Range {
    const lines = this.lines();
    return { start: lines.position(start), end: lines.position(end) };
  }

  private symbol(symbol: DerivationSymbol): DocumentSymbol {
    return {
      name: symbol.name === '' ? '""' : symbol.name,
      detail: symbol.detail,
      kind: symbolKinds[symbol.kind],
      range: this.range(symbol.start, symbol.end),
      selectionRange: this.range(symbol.selectionStart, symbol.selectionEnd),
      children: symbol.children.map((child) => this.symbol(child)),
    };
  }
}

function overlap(one: Range, other: Range): boolean {
  const before = (left: Position, right: Position): boolean =>
    left.line < right.line || (left.line === right.line && left.character < right.character);
  return !before(one.end, other.start) && !before(other.end, one.start);
}

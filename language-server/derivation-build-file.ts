/** A derivation as a {@link BuildFile}: what the file says, and the graph of its whole closure. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  DiagnosticSeverity,
  SymbolKind,
  type Diagnostic,
  type DocumentSymbol,
  type FoldingRange,
} from 'vscode-languageserver-types';
import type { BuildTarget } from '../proto/messages/language-server';
import type { Definition } from '../proto/model/definition';
import type { Digest } from '../proto/model/digest';
import type { BuildProfile } from '../proto/messages/build-profile';
import { emptyGraph } from '../proto/model/build-graph';
import { graphFromDefinitions } from '../proto/model/graph-from-definition';
import { carryNodeIds } from '../proto/model/node-ids';
import type { Platform } from '../proto/model/op';
import type { BuildFile, Compiled } from './build-file';
import {
  byteStringOfText,
  compileClosure,
  derivationDiagnostics,
  derivationSymbols,
  linesOf,
  loadClosure,
  parseDerivation,
  SHELL_IMAGE,
  storePathOfFile,
  textOf,
  type Closure,
  type DerivationDiagnostic,
  type DerivationSymbol,
  type Lines,
  type ParsedDerivation,
  type StoreReader,
} from './derivation';
import { platformOfSystem } from './derivation/compile/systems';
import type { ServerHost } from './host';

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
    const parsed = this.parsed();
    const closure = await this.closure();
    const file = { path: this.storePath(), bytes: this.bytes, parsed };
    return derivationDiagnostics(file, closure).map(({ code, severity, message, start, end }) => ({
      range: this.range(start, end),
      message,
      severity: severities[severity],
      source: 'Nix',
      code,
    }));
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
    const platform = platformOfSystem(derivation.system) ?? this.ownPlatform();
    const image = await this.host
      .images(this.document.uri)
      .resolve(SHELL_IMAGE, { platform, mode: 'default' });
    const { definition, groups, problems } = compileClosure(closure, {
      shell: {
        ref: image.ref,
        ...(image.digest === undefined ? {} : { digest: image.digest }),
      },
      platforms: [platform],
    });
    const notes = problems.map(({ message, drv }) => `${textOf(drv)}: ${message}`);
    if (definition === undefined) return { graph: undefined, notes };
    const uris = Object.fromEntries(
      definition.sources.map(({ filename }) => [
        filename,
        new URL(filename, this.document.uri).href,
      ]),
    );
    const uncertain = image.uncertain ? usersOfImages(definition) : new Set<Digest>();
    const graph = graphFromDefinitions([definition], { groups, uris, notes, uncertain });
    return { graph: carryNodeIds(previous, graph), notes };
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

  private ownPlatform(): Platform {
    const [os = 'linux', architecture = 'amd64'] = this.host.buildPlatforms[0]?.split('/') ?? [];
    return { os, architecture };
  }

  private range(start: number, end: number): Diagnostic['range'] {
    this.indexed ??= linesOf(this.bytes);
    return { start: this.indexed.position(start), end: this.indexed.position(end) };
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

/** Image sources and every step that rests on one. */
function usersOfImages({ ops }: Definition): Set<Digest> {
  const users = new Set<Digest>();
  for (const { digest, op } of ops) {
    const isImage = op.op.kind === 'source' && op.op.identifier.startsWith('docker-image:');
    if (isImage || op.inputs.some((input) => users.has(input.digest))) users.add(digest);
  }
  return users;
}

/**
 * A document of installables as a {@link BuildFile}: checked and completed by its schema and by what
 * its store holds; its graph is that of everything it names.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  CompletionItemKind,
  DiagnosticSeverity,
  type CompletionItem,
  type Diagnostic,
  type DocumentLink,
  type DocumentSymbol,
  type FoldingRange,
  type Location,
  type Position,
  type Range,
} from 'vscode-languageserver-types';
import { getLanguageService, type ASTNode, type JSONDocument } from 'vscode-json-languageservice';
import { parse } from 'jsonc-parser';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { emptyGraph } from '../../proto/model/build-graph';
import type { BuildFile, Compiled, MarkdownHover } from '../build-file';
import {
  byteStringOfText,
  derivationNameOf,
  isDerivationFile,
  loadClosure,
  parseDerivation,
  storePathOfFile,
  textOf,
  type Closure,
  type ClosureRoot,
} from '../derivation';
import { describePath } from '../derivation/reading/describe';
import { drawnClosure } from '../derivation-file/drawn-closure';
import type { ServerHost } from '../host';
import { jsonOf, splitInstallable, STORE_NAME } from './document-text';
import schema from './installables.schema.json';

const SCHEMA = 'llb-lens://schemas/installables.json';
const service = getLanguageService({});
service.configure({
  validate: true,
  allowComments: true,
  schemas: [{ uri: SCHEMA, fileMatch: ['*'], schema: { ...schema, $schema: SCHEMA } }],
});

type Installable = {
  readonly text: string;
  readonly range: Range;
  /** Its file in the store; undefined for what Nix evaluates. */
  readonly uri: string | undefined;
  readonly outputs: readonly string[] | undefined;
};

export class InstallablesFile implements BuildFile {
  /** The JSON alone, at the same places. */
  private readonly json: TextDocument;
  private readonly tree: JSONDocument;
  private readonly store: string;
  private loaded: Promise<Closure | undefined> | undefined;

  constructor(
    readonly document: TextDocument,
    private readonly host: Pick<ServerHost, 'buildPlatforms' | 'listFolder' | 'readText' | 'store'>,
  ) {
    const text = jsonOf(document.getText());
    const { uri } = document;
    // Positions count as the client's do, which only the document knows.
    this.json = {
      uri,
      languageId: 'jsonc',
      version: document.version,
      lineCount: document.lineCount,
      getText: (range) =>
        range === undefined
          ? text
          : text.slice(document.offsetAt(range.start), document.offsetAt(range.end)),
      positionAt: (offset) => document.positionAt(offset),
      offsetAt: (position) => document.offsetAt(position),
      getLineRange: (line) => document.getLineRange(line),
      getEOLCharacters: (line) => document.getEOLCharacters(line),
    };
    this.tree = service.parseJSONDocument(this.json);
    const value: unknown = parse(text, [], { allowTrailingComma: true });
    const named =
      typeof value === 'object' && value !== null && 'store' in value ? value.store : undefined;
    const folder = typeof named === 'string' ? named.replace(/\/*$/, '/') : './';
    this.store = new URL(folder.split('/').map(encodeURIComponent).join('/'), uri).href;
  }

  async diagnostics(): Promise<readonly Diagnostic[]> {
    const settings = { comments: 'ignore', trailingCommas: 'ignore' } as const;
    const found = await service.doValidation(this.json, this.tree, settings);
    const all = found.map((each) => ({ ...each, source: 'LLB Lens' }));
    if (this.json.getText().trim() === '') all.push(emptyDocument());
    for (const installable of this.installables()) {
      const message = await this.problemOf(installable);
      if (message === undefined) continue;
      const { range } = installable;
      all.push({ range, message, severity: DiagnosticSeverity.Error, source: 'LLB Lens' });
    }
    return all;
  }

  async completion(position: Position): Promise<CompletionItem[]> {
    const node = this.nodeAt(position);
    if (node !== undefined && isInstallable(node)) return this.offers(this.rangeOf(node));
    const list = await service.doComplete(this.json, position, this.tree);
    return list?.items ?? [];
  }

  async hover(position: Position): Promise<MarkdownHover | undefined> {
    const at = this.document.offsetAt(position);
    const installable = this.installables().find(({ range }) => this.holds(range, at));
    if (installable?.uri !== undefined) {
      const closure = await this.closure();
      const name = nameIn(installable.uri);
      const path = `${closure?.storeDir ?? '/nix/store'}/${byteStringOfText(name)}`;
      const { range } = installable;
      return { markdown: describePath({ path: '', derivation: undefined, closure }, path), range };
    }
    const found = await service.doHover(this.json, position, this.tree);
    if (found === null) return undefined;
    const { contents, range = { start: position, end: position } } = found;
    const texts = Array.isArray(contents) ? contents : [contents];
    const markdown = texts.map((each) => (typeof each === 'string' ? each : each.value));
    return { markdown, range };
  }

  symbols(): readonly DocumentSymbol[] {
    return service.findDocumentSymbols2(this.json, this.tree);
  }

  foldingRanges(): readonly FoldingRange[] {
    return service.getFoldingRanges(this.json);
  }

  async links(): Promise<DocumentLink[]> {
    const names = await this.held();
    return this.installables().flatMap(({ uri, range }) =>
      uri !== undefined && isDerivationFile(nameIn(uri)) && names.has(nameIn(uri))
        ? [{ range, target: uri }]
        : [],
    );
  }

  async definition(position: Position): Promise<Location | undefined> {
    const at = this.document.offsetAt(position);
    const link = (await this.links()).find(({ range }) => this.holds(range, at));
    const start = { line: 0, character: 0 };
    return link?.target === undefined
      ? undefined
      : { uri: link.target, range: { start, end: start } };
  }

  targets(): readonly [] {
    return [];
  }

  async compile(_profile: BuildProfile, previous = emptyGraph): Promise<Compiled> {
    const closure = await this.closure();
    if (closure === undefined || closure.derivations.size === 0) {
      return { graph: undefined, notes: ['This document names no derivation of its store.'] };
    }
    return drawnClosure(closure, this.store, this.host, previous);
  }

  private installables(): Installable[] {
    const list = this.tree.root?.type === 'object' ? this.tree.root.properties : [];
    const value = list.find(({ keyNode }) => keyNode.value === 'installables')?.valueNode;
    if (value?.type !== 'array') return [];
    return value.items.flatMap((node) => {
      if (node.type !== 'string') return [];
      const { base, outputs } = splitInstallable(node.value);
      const name = base.slice(base.lastIndexOf('/') + 1);
      const uri = STORE_NAME.test(base)
        ? new URL(encodeURIComponent(name), this.store).href
        : undefined;
      return [{ text: node.value, range: this.rangeOf(node), uri, outputs }];
    });
  }

  private async problemOf({ text, uri, outputs = [] }: Installable): Promise<string | undefined> {
    if (uri === undefined) {
      return text.endsWith('.drv') ? `${text} is not named like a derivation.` : undefined;
    }
    const name = nameIn(uri);
    if (!(await this.held()).has(name)) return `${name} is not in the store folder.`;
    if (!isDerivationFile(name)) return undefined;
    const root = [...((await this.closure())?.derivations.values() ?? [])].find(({ path }) =>
      path.endsWith(`/${name}`),
    );
    if (root?.derivation === undefined) return `${name} cannot be read.`;
    const known = root.derivation.outputs.map((output) => textOf(output.name));
    const wrong = outputs.find((output) => !known.includes(output));
    return wrong && `${name} has no output ${wrong}. It has: ${known.join(', ')}.`;
  }

  /** What the store holds, in place of a whole string. */
  private async offers(range: Range): Promise<CompletionItem[]> {
    return [...(await this.held())].sort().flatMap((name) => {
      if (!STORE_NAME.test(name)) return [];
      const drv = derivationNameOf(byteStringOfText(name));
      const newText = JSON.stringify(name);
      return [
        {
          label: drv === undefined ? name.slice(33) : textOf(drv),
          detail: name,
          kind: drv === undefined ? CompletionItemKind.File : CompletionItemKind.Module,
          filterText: JSON.stringify(`${name.slice(33)} ${name}`),
          textEdit: { range, newText },
        },
      ];
    });
  }

  private async held(): Promise<ReadonlySet<string>> {
    return new Set((await this.host.listFolder(this.store)).map(({ name }) => name));
  }

  private closure(): Promise<Closure | undefined> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  private async load(): Promise<Closure | undefined> {
    const store = this.host.store(new URL('store', this.store).href);
    if (store === undefined) return undefined;
    const roots: ClosureRoot[] = [];
    for (const { uri } of this.installables()) {
      const name = uri === undefined ? '' : nameIn(uri);
      const text = isDerivationFile(name) ? await this.host.readText(uri ?? '') : undefined;
      if (text === undefined) continue;
      const bytes = new TextEncoder().encode(text);
      const parsed = parseDerivation(bytes);
      roots.push({
        path: storePathOfFile(byteStringOfText(name), parsed.derivation),
        bytes,
        parsed,
      });
    }
    return loadClosure(roots, store);
  }

  private nodeAt(position: Position): ASTNode | undefined {
    return this.tree.getNodeFromOffset(this.document.offsetAt(position), true);
  }

  private rangeOf({ offset, length }: ASTNode): Range {
    const start = this.document.positionAt(offset);
    return { start, end: this.document.positionAt(offset + length) };
  }

  private holds({ start, end }: Range, offset: number): boolean {
    return this.document.offsetAt(start) <= offset && offset <= this.document.offsetAt(end);
  }
}

/** The service takes a text with nothing in it for one that is not begun yet. */
function emptyDocument(): Diagnostic & { readonly source: string } {
  const start = { line: 0, character: 0 };
  return {
    range: { start, end: start },
    message:
      'Nothing is listed here: {"installables": ["HASH-NAME.drv"]} is the least there can be.',
    severity: DiagnosticSeverity.Error,
    source: 'LLB Lens',
  };
}

function isInstallable(node: ASTNode): boolean {
  const { parent } = node;
  const property = parent?.parent;
  return (
    node.type === 'string' &&
    parent?.type === 'array' &&
    property?.type === 'property' &&
    property.keyNode.value === 'installables'
  );
}

function nameIn(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}

/**
 * One version of a Dockerfile as the features of the language server see it.
 *
 * Everything is worked out on first need and kept; features are functions over this value and never
 * parse. Offsets count UTF-16 code units; the document turns them into the client's positions.
 */
import type { Position, Range } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { BuildArguments } from '../proto/messages/language-server';
import { parse, reparse } from './dockerfile';
import { OccurrenceIndex } from './dockerfile/occurrences/occurrences';
import { stageTable, type StageNode, type StageTable } from './dockerfile/occurrences/stages';
import { VariableScopes, type VariableScope } from './dockerfile/occurrences/variable-scopes';
import type { Comment, Instruction, SyntaxTree } from './dockerfile/parser/syntax-tree';
import type { Span } from './dockerfile/text/span';
import { rangeOfSpan } from './places';

export class DockerfileView {
  #tree: SyntaxTree | undefined;
  #before: SyntaxTree | undefined;
  #stages: StageTable | undefined;
  #variables: VariableScopes | undefined;
  #occurrences: OccurrenceIndex | undefined;

  /**
   * @param previous the version before: what its edit did not touch is not parsed again
   * @param given the build arguments that variables are resolved with
   */
  constructor(
    readonly document: TextDocument,
    previous?: DockerfileView,
    private readonly given: BuildArguments = {},
  ) {
    if (previous !== undefined) this.#before = previous.#tree ?? previous.#before;
  }

  get uri(): string {
    return this.document.uri;
  }

  get text(): string {
    return this.document.getText();
  }

  get tree(): SyntaxTree {
    if (this.#tree === undefined) {
      this.#tree = this.#before === undefined ? parse(this.text) : reparse(this.#before, this.text);
      this.#before = undefined;
    }
    return this.#tree;
  }

  get stages(): StageTable {
    this.#stages ??= stageTable(this.tree);
    return this.#stages;
  }

  get variables(): VariableScopes {
    this.#variables ??= new VariableScopes(this.tree, this.stages, this.given);
    return this.#variables;
  }

  get occurrences(): OccurrenceIndex {
    this.#occurrences ??= new OccurrenceIndex(this.tree, this.stages, this.variables);
    return this.#occurrences;
  }

  offsetAt(position: Position): number {
    return this.document.offsetAt(position);
  }

  range(span: Span): Range {
    return rangeOfSpan(this.document, span);
  }

  lineAt(offset: number): number {
    return this.document.positionAt(offset).line;
  }

  /** The offset behind the last character of a line, its line end left out. */
  lineEnd(line: number): number {
    const next =
      line + 1 < this.document.lineCount
        ? this.document.offsetAt({ line: line + 1, character: 0 })
        : this.text.length;
    let end = next;
    if (line + 1 < this.document.lineCount && this.text[end - 1] === '\n') end--;
    if (this.text[end - 1] === '\r') end--;
    return end;
  }

  lineStart(line: number): number {
    return this.document.offsetAt({ line, character: 0 });
  }

  /** The instruction that an offset lies in; its ends count. */
  instructionAt(offset: number): Instruction | undefined {
    const { instructions } = this.tree;
    const index = lastBefore(instructions, offset, ({ span }) => span.start);
    const found = instructions[index];
    if (found === undefined) return undefined;
    return offset <= found.span.end || this.#isContinuedTo(found, offset) ? found : undefined;
  }

  /** A continuation that nothing but comments follows yet: the rest still belongs to it. */
  #isContinuedTo({ span }: Instruction, offset: number): boolean {
    const written = this.text.slice(span.start, span.end).trimEnd();
    const behind = this.text.slice(span.end, offset);
    return written.endsWith(this.tree.escape) && behind.replace(/^\s*#.*$/gm, '').trim() === '';
  }

  commentAt(offset: number): Comment | undefined {
    const { comments } = this.tree;
    const found = comments[lastBefore(comments, offset, ({ start }) => start)];
    return found !== undefined && offset <= found.end ? found : undefined;
  }

  /** The stage whose lines an offset is among; undefined before the first FROM. */
  stageAt(offset: number): StageNode | undefined {
    const { stages } = this.stages;
    return stages[lastBefore(stages, offset, ({ from }) => from.span.start)];
  }

  /** Where variables are looked up at an offset: a FROM line sees the global arguments only. */
  scopeAt(offset: number): VariableScope {
    const stage = this.stageAt(offset);
    if (stage !== undefined && offset <= stage.from.span.end) return this.variables.global;
    return this.variables.scopeOf(stage);
  }
}

/** The index of the last item that starts at or before an offset; -1 when there is none. */
function lastBefore<Item>(
  items: readonly Item[],
  offset: number,
  startOf: (item: Item) => number,
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && startOf(item) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

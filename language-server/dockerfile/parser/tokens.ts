/**
 * Every character of a file in exactly one token: the concrete syntax behind highlighting, folding
 * and editing.
 *
 * The texts of all tokens, one after the other, are the file. Variables inside arguments are not
 * told apart here.
 */
import { isSpace } from '../text/go';
import type { Span } from '../text/span';
import type { Chunk } from './chunk';
import { continuationAt } from './continuation';
import type { TokenKind } from './token-kind';
import { moved } from './placed-instruction';
import { instructionMarks, type Mark } from './token-marks';
import type { EscapeToken, PlacedChunk, SyntaxTree } from './syntax-tree';

export type { TokenKind };

export type Token = Span & {
  readonly kind: TokenKind;
  /** Index into the tree's instructions; absent outside of them. */
  readonly instruction?: number;
};

/** All tokens of a file, in order. */
export function tokensOf(tree: SyntaxTree): readonly Token[] {
  return tokensIn(tree, { start: 0, end: tree.text.length });
}

/** The tokens that touch a part of the file, in order; whole chunks are looked at. */
export function tokensIn(tree: SyntaxTree, part: Span): readonly Token[] {
  const tokens: Token[] = [];
  let instruction = -1;
  for (const { chunk, start } of tree.chunks) {
    if (chunk.instruction !== undefined) instruction++;
    if (start > part.end || start + chunk.length < part.start) continue;
    for (const token of chunkTokens(chunk, tree.text, start, tree.escape)) {
      const from = token.start + start;
      const end = token.end + start;
      if (from > part.end || end < part.start) continue;
      const { kind } = token;
      tokens.push(
        token.inside ? { kind, start: from, end, instruction } : { kind, start: from, end },
      );
    }
  }
  return tokens;
}

/** The tokens of a chunk, whose offsets count from its start. */
export function tokensInChunk(
  { text, escape }: SyntaxTree,
  { chunk, start }: PlacedChunk,
): readonly ChunkToken[] {
  return chunkTokens(chunk, text, start, escape);
}

/** A token whose offsets count from its chunk; `inside` says that it belongs to the instruction. */
export type ChunkToken = Span & { readonly kind: TokenKind; readonly inside: boolean };

const known = new WeakMap<Chunk, readonly ChunkToken[]>();

/** What a chunk says never changes, so its tokens are found once however often it moves. */
function chunkTokens(
  chunk: Chunk,
  text: string,
  start: number,
  escape: EscapeToken,
): readonly ChunkToken[] {
  const before = known.get(chunk);
  if (before !== undefined) return before;
  const own = text.slice(start, start + chunk.length);
  const tokens = new Tokenizer(own, chunk, escape, start === 0).read();
  known.set(chunk, tokens);
  return tokens;
}

class Tokenizer {
  readonly #tokens: ChunkToken[] = [];
  readonly #marks: readonly Mark[];
  /** The next mark to use, and whether the `=` of a pair has been seen in it. */
  #mark = 0;
  #pairSplit = false;
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly chunk: Chunk,
    private readonly escape: EscapeToken,
    private readonly isFirst: boolean,
  ) {
    const { instruction, offset } = chunk;
    if (instruction === undefined) this.#marks = [];
    else {
      const marks = instructionMarks(instruction, text.slice(offset));
      this.#marks = marks.map((mark) => ({ ...mark, ...moved(mark, offset) }));
    }
  }

  read(): readonly ChunkToken[] {
    const { text, chunk } = this;
    const comments = new Map(
      [...chunk.comments, ...this.#directiveLines()].map((comment) => [comment.start, comment]),
    );
    if (this.isFirst && text.startsWith('\ufeff')) this.#emit('bom', 1);
    const [heredoc] = chunk.instruction?.heredocs ?? [];
    const bodies = heredoc === undefined ? text.length : chunk.offset + heredoc.body.start;
    for (let line = 0; line < chunk.lineCount && this.#at < bodies; line++) {
      const feed = text.indexOf('\n', this.#at);
      const end = feed < 0 ? text.length : feed + 1;
      let contentEnd = end;
      while (contentEnd > this.#at && isLineEnd(text.charCodeAt(contentEnd - 1))) contentEnd--;
      this.#readLine(contentEnd, comments);
      this.#emit('newline', end);
    }
    this.#readBodies();
    this.#emit('other', text.length);
    return this.#tokens;
  }

  /** Directives, and comments that stand for directives that BuildKit refused. */
  *#directiveLines(): Iterable<Span> {
    for (const { span } of this.chunk.directives) yield span;
    for (const { span } of this.chunk.problems) yield span;
  }

  #readLine(end: number, comments: ReadonlyMap<number, Span>): void {
    const { text } = this;
    let start = this.#at;
    while (start < end && isSpace(text.charCodeAt(start))) start++;
    if (comments.has(start)) {
      this.#emit('blank', start);
      this.#readComment(start, end);
      return;
    }
    const content = text.slice(this.#at, end);
    const joint = this.#isInside(end) ? continuationAt(content, this.escape) : undefined;
    this.#readContent(joint === undefined ? end : this.#at + joint);
    if (joint !== undefined) {
      this.#emit('continuation', this.#at + 1);
      this.#emit('blank', end);
    }
  }

  #readComment(start: number, end: number): void {
    const directive = this.chunk.directives.find(({ span }) => span.start === start);
    if (directive === undefined) {
      this.#emit('comment', end);
      return;
    }
    const { nameSpan, valueSpan } = directive;
    this.#emit('directive-mark', start + 1);
    this.#emit('blank', nameSpan.start);
    this.#emit('directive-name', nameSpan.end);
    this.#fill(valueSpan.start, 'directive-equals');
    this.#emit('directive-value', valueSpan.end);
    this.#emit('blank', end);
  }

  /** A line's part of an instruction, by the marks that it holds. */
  #readContent(end: number): void {
    while (this.#at < end) {
      const mark = this.#marks[this.#mark];
      if (mark === undefined || mark.start >= end) {
        this.#fillGap(end);
        return;
      }
      if (mark.end <= this.#at) {
        this.#mark++;
        this.#pairSplit = false;
        continue;
      }
      this.#fillGap(Math.max(mark.start, this.#at));
      this.#readMark(mark, Math.min(mark.end, end));
    }
  }

  #readMark({ kind }: Mark, end: number): void {
    // A line's indentation is no part of what goes on there.
    if (this.#tokens.at(-1)?.kind === 'newline') this.#blanks(end);
    if (kind !== 'pair') {
      this.#emit(kind, end);
      return;
    }
    if (!this.#pairSplit) {
      const equals = this.text.indexOf('=', this.#at);
      if (equals < 0 || equals >= end) {
        this.#emit('pair-key', end);
        return;
      }
      this.#emit('pair-key', equals);
      this.#emit('pair-equals', equals + 1);
      this.#pairSplit = true;
    }
    this.#emit('pair-value', end);
  }

  #readBodies(): void {
    const { instruction, offset } = this.chunk;
    for (const { body, terminator } of instruction?.heredocs ?? []) {
      this.#emit('other', offset + body.start);
      this.#emit('heredoc-body', offset + body.end);
      if (terminator === undefined) continue;
      this.#emit('blank', offset + terminator.start);
      this.#emit('heredoc-end', offset + terminator.end);
      const feed = this.text.indexOf('\n', offset + terminator.end);
      this.#emit('newline', feed < 0 ? this.text.length : feed + 1);
    }
  }

  /** Text between marks: white space, JSON's punctuation, or what is not read. */
  #fillGap(end: number): void {
    const { instruction } = this.chunk;
    const json = (instruction?.trigger ?? instruction)?.json === true && this.#mark > 0;
    this.#fill(end, json ? 'json-punctuation' : 'other');
  }

  #fill(end: number, kind: TokenKind): void {
    while (this.#at < end) {
      this.#blanks(end);
      let next = this.#at;
      while (next < end && !isSpace(this.text.charCodeAt(next))) next++;
      this.#emit(kind, next);
    }
  }

  #blanks(end: number): void {
    let next = this.#at;
    while (next < end && isSpace(this.text.charCodeAt(next))) next++;
    this.#emit('blank', next);
  }

  #isInside(offset: number): boolean {
    const { chunk } = this;
    return chunk.instruction !== undefined && offset > chunk.offset;
  }

  /** Adds a token that ends at an offset; nothing when it would be empty. */
  #emit(kind: TokenKind, end: number): void {
    if (end <= this.#at) return;
    this.#tokens.push({ kind, start: this.#at, end, inside: this.#isInside(end) });
    this.#at = end;
  }
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

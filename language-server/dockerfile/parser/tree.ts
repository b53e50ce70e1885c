/** A syntax tree made of chunks in their places; its lists are worked out on first need. */
import { lineTooLong } from './line-reader';
import type { Chunk } from './chunk';
import { moved, PlacedInstruction } from './placed-instruction';
import type {
  Comment,
  Directive,
  EmptyContinuation,
  EscapeToken,
  Instruction,
  PlacedChunk,
  SyntaxProblem,
  SyntaxTree,
  TreeOrigin,
} from './syntax-tree';

export function placeChunk(chunk: Chunk, start: number, line: number): PlacedChunk {
  const { instruction, above } = chunk;
  const node =
    instruction &&
    new PlacedInstruction(instruction, start + chunk.offset, line + chunk.line + 1, above);
  return { chunk, start, line, node };
}

/** The same chunk after the text above it has changed. */
export function movePlaced(placed: PlacedChunk, by: number, lines: number): PlacedChunk {
  if (by === 0 && lines === 0) return placed;
  const start = placed.start + by;
  const line = placed.line + lines;
  return placeChunk(placed.chunk, start, line);
}

export class ChunkTree implements SyntaxTree {
  readonly instructions: readonly Instruction[];
  #comments: readonly Comment[] | undefined;
  #blanks: readonly EmptyContinuation[] | undefined;
  #problems: readonly SyntaxProblem[] | undefined;
  #origin: TreeOrigin | undefined;

  constructor(
    readonly text: string,
    readonly escape: EscapeToken,
    readonly chunks: readonly PlacedChunk[],
    readonly layout: object = {},
    origin?: TreeOrigin,
  ) {
    // Each tree holds at most one other.
    origin?.previous.forgetOrigin();
    this.#origin = origin;
    const instructions: Instruction[] = [];
    for (const { node } of chunks) if (node !== undefined) instructions.push(node);
    this.instructions = instructions;
  }

  get origin(): TreeOrigin | undefined {
    return this.#origin;
  }

  forgetOrigin(): void {
    this.#origin = undefined;
  }

  get lineCount(): number {
    const last = this.chunks.at(-1);
    return last === undefined ? 0 : last.line + last.chunk.lineCount;
  }

  get comments(): readonly Comment[] {
    return (this.#comments ??= this.chunks.flatMap(({ chunk, start, line }) =>
      chunk.comments.map((comment) => ({
        start: comment.start + start,
        end: comment.end + start,
        line: comment.line + line + 1,
        text: comment.text,
      })),
    ));
  }

  /** Directives stand in the first chunk, at the start of the text. */
  get directives(): readonly Directive[] {
    return this.chunks[0]?.chunk.directives ?? [];
  }

  get emptyContinuations(): readonly EmptyContinuation[] {
    return (this.#blanks ??= this.#readBlanks());
  }

  #readBlanks(): readonly EmptyContinuation[] {
    const found: EmptyContinuation[] = [];
    for (const { chunk, start, line } of this.chunks) {
      if (chunk.emptyContinuation === undefined) continue;
      const blanks = chunk.emptyContinuation.blanks.map((span) => moved(span, start));
      found.push({ line: line + 1 + chunk.emptyContinuation.line, blanks });
    }
    return found;
  }

  get problems(): readonly SyntaxProblem[] {
    return (this.#problems ??= [...this.#readProblems()]);
  }

  *#readProblems(): Iterable<SyntaxProblem> {
    for (const { message, line, span } of this.chunks[0]?.chunk.problems ?? []) {
      yield { message, lines: { first: line, last: line }, span };
    }
    for (const node of this.instructions) {
      if (node.problem !== undefined) yield node.problem;
    }
    const end = this.text.length;
    const lines = { first: this.lineCount, last: this.lineCount };
    if (this.instructions.length === 0) {
      yield { message: 'file with no instructions', lines, span: { start: 0, end } };
    } else if (this.chunks.at(-1)?.chunk.tooLong === true) {
      yield { message: lineTooLong, lines, span: { start: end, end } };
    }
  }
}

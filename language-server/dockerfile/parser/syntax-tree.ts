/**
 * The syntax tree of a Dockerfile: what the text says, with the place of every token.
 *
 * The parser never fails. An instruction that BuildKit's parser rejects is kept with its `problem`,
 * and everything after it is still parsed. `original`, `args`, `flags` and `heredocs` are exactly
 * what BuildKit's parser makes of the line; the spans are ours.
 */
import type { InstructionName } from '../grammar/instructions';
import type { Lines, Span } from '../text/span';
import type { Chunk, InstructionContent } from './chunk';
import type {
  Comment,
  Directive,
  EmptyContinuation,
  EscapeToken,
  Flag,
  Heredoc,
  SyntaxProblem,
  Word,
} from './parts';

export type { InstructionName };
export type * from './parts';

export type Instruction = {
  /**
   * What it says without its place; the same object in every tree that has this instruction
   * unchanged, so what follows from it can be kept.
   */
  readonly content: InstructionContent;
  /** As written. */
  readonly keyword: string;
  /** The keyword in lower case; undefined when BuildKit knows no such instruction. */
  readonly name?: InstructionName | undefined;
  readonly keywordSpan: Span;
  /** From the keyword to the end of the last line, heredoc bodies included. */
  readonly span: Span;
  readonly lines: Lines;
  /** The logical line: continuations joined, comments and blank lines left out. */
  readonly original: string;
  readonly flags: readonly Flag[];
  /**
   * The arguments as BuildKit's parser splits them for this instruction: ENV and LABEL give triples
   * of key, value and `=` (or an empty text for the legacy form), ONBUILD the trigger's keyword and
   * its arguments, RUN and the like one text in shell form.
   */
  readonly args: readonly string[];
  /** The words of the arguments in the text; for shell forms the whole command. */
  readonly words: readonly Word[];
  /** The arguments were a JSON array. */
  readonly json: boolean;
  readonly heredocs: readonly Heredoc[];
  /** The comment block above, one text a line; an empty comment line ends a block. */
  readonly comments: readonly string[];
  /** The instruction inside ONBUILD. */
  readonly trigger?: Instruction | undefined;
  readonly problem?: SyntaxProblem | undefined;
};

/** A chunk in its place: its offset, its first line from 0, and its instruction seen from there. */
export type PlacedChunk = {
  readonly chunk: Chunk;
  readonly start: number;
  readonly line: number;
  readonly node: Instruction | undefined;
};

export type SyntaxTree = {
  readonly text: string;
  readonly escape: EscapeToken;
  readonly directives: readonly Directive[];
  readonly comments: readonly Comment[];
  readonly instructions: readonly Instruction[];
  readonly emptyContinuations: readonly EmptyContinuation[];
  /** In the order of the text; BuildKit stops at the first one and reports only that. */
  readonly problems: readonly SyntaxProblem[];
  /** Physical lines. */
  readonly lineCount: number;
  /** The same object in two versions if all instructions that both have stand on the same lines. */
  readonly layout: object;
  /** The text in pieces, an instruction in each; together they are the whole text. */
  readonly chunks: readonly PlacedChunk[];
  /** Which tree it was made from, until a further one is made from it. */
  readonly origin: TreeOrigin | undefined;
  /** Lets go of the tree it was made from. */
  forgetOrigin(): void;
};

/** The tree before an edit, and how many of its first and last chunks are in the new one too. */
export type TreeOrigin = {
  readonly previous: SyntaxTree;
  readonly head: number;
  readonly tail: number;
};

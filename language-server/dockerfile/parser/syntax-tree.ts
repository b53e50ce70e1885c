/**
 * The syntax tree of a Dockerfile: what the text says, with the place of every token.
 *
 * The parser never fails. An instruction that BuildKit's parser rejects is kept with its `problem`,
 * and everything after it is still parsed. `original`, `args`, `flags` and `heredocs` are exactly
 * what BuildKit's parser makes of the line; the spans are ours.
 */
import type { InstructionContent } from './chunk';
import type { PlacedChunk } from './tree';
import type { InstructionName } from '../grammar/instructions';
import type { Lines, Span } from '../text/span';

export type { InstructionName };

export type EscapeToken = '\\' | '`';

/** A piece of the text that became one value, and the value as it stands in the text. */
export type Word = Span & { readonly text: string };

/** `--name` or `--name=value`; `text` is what BuildKit reads (quotes and escapes taken off). */
export type Flag = Word & {
  readonly name: string;
  /** Undefined without `=`. */
  readonly value?: string | undefined;
  readonly nameSpan: Span;
  readonly valueSpan?: Span | undefined;
};

export type Heredoc = {
  /** The delimiter, quotes removed. */
  readonly name: string;
  readonly fileDescriptor: number;
  /** False when the delimiter is quoted. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are taken off each line. */
  readonly chomp: boolean;
  /** The lines up to the terminator, as they stand (tabs too). */
  readonly content: string;
  /** Where the content stands in the text. */
  readonly body: Span;
  /** The terminator line without its line end; absent when the text ended first. */
  readonly terminator?: Span;
};

/** `# name=value` at the top of the file. */
export type Directive = {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
  readonly line: number;
  readonly span: Span;
  readonly nameSpan: Span;
  readonly valueSpan: Span;
};

export type Comment = Span & { readonly line: number; readonly text: string };

/** An error of the line parser: BuildKit's message, its place in lines and the exact place. */
export type SyntaxProblem = {
  readonly message: string;
  readonly lines: Lines;
  readonly span: Span;
};

/** Lines left out of an instruction with continuation lines (BuildKit: NoEmptyContinuation). */
export type EmptyContinuation = {
  /** BuildKit's place: the last line of the instruction. */
  readonly line: number;
  /** The blank lines themselves. */
  readonly blanks: readonly Span[];
};

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
  /** The text in pieces, an instruction in each; together they are the whole text. */
  readonly chunks: readonly PlacedChunk[];
};

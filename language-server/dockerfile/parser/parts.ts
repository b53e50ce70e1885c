/** The parts of a syntax tree, each with its place. */
import type { Lines, Span } from '../text/span';

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

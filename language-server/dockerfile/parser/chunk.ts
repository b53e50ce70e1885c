/**
 * A piece of a file that is parsed on its own: an instruction with the comments and blank lines
 * above it, or what follows the last instruction.
 *
 * Nothing in a chunk says where it stands: offsets and lines count from its own start. So an edit
 * elsewhere leaves a chunk as it is, and what was worked out from it stays true; `Instruction`
 * (see `placed-instruction.ts`) is a chunk's content in its place. An instruction in turn does not know
 * its place in the chunk, so it outlives edits of what stands above it too.
 */
import type { InstructionName } from '../grammar/instructions';
import type { Span } from '../text/span';
import type { Comment, Directive, EmptyContinuation, Flag, Heredoc, Word } from './parts';

/** What an instruction says; offsets count from its first character. */
export type InstructionContent = {
  readonly keyword: string;
  readonly name: InstructionName | undefined;
  readonly keywordSpan: Span;
  readonly span: Span;
  /** Counted from its first line, which is 0. */
  readonly lastLine: number;
  readonly original: string;
  readonly flags: readonly Flag[];
  readonly args: readonly string[];
  readonly words: readonly Word[];
  readonly json: boolean;
  readonly heredocs: readonly Heredoc[];
  /** The comments above it as far as they bear on it: see {@link bearingOn}. */
  readonly comments: readonly string[];
  readonly trigger: InstructionContent | undefined;
  /** What BuildKit's line parser says against it. */
  readonly message: string | undefined;
};

export type Chunk = {
  /** UTF-16 units, and lines begun. */
  readonly length: number;
  readonly lineCount: number;
  readonly instruction: InstructionContent | undefined;
  /** Where the instruction begins. */
  readonly offset: number;
  readonly line: number;
  /** The comment block above the instruction. */
  readonly above: readonly string[];
  /** Lines count from 0 here. */
  readonly comments: readonly Comment[];
  readonly directives: readonly Directive[];
  /** Errors of directives. */
  readonly problems: readonly {
    readonly message: string;
    readonly line: number;
    readonly span: Span;
  }[];
  /** Blank lines inside the instruction; the line counts from 0 here. */
  readonly emptyContinuation: EmptyContinuation | undefined;
  /** The text ended before the chunk did: more text would belong to it. */
  readonly open: boolean;
  /** A line did not fit into BuildKit's buffer; nothing is read from there on. */
  readonly tooLong: boolean;
};

/**
 * What of a comment block the meaning of an instruction depends on: descriptions of stages and
 * arguments, and BuildKit's own directive for a single instruction.
 */
export function bearingOn(
  name: InstructionContent['name'],
  above: readonly string[],
): readonly string[] {
  if (name === 'from' || name === 'arg' || above.some((text) => /check/i.test(text))) return above;
  return none;
}

const none: readonly string[] = [];

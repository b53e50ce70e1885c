/** What a fix of a lint finding is: edits that make exactly this finding go away. */
import type { Instruction, SyntaxTree } from '../../parser/syntax-tree';
import type { Span } from '../../text/span';
import type { LintWarning } from '../warning';

/** Replaces a piece of the text; an empty piece is an insertion. */
export type TextEdit = Span & { readonly newText: string };

export type FindingPlace = {
  readonly tree: SyntaxTree;
  readonly finding: LintWarning;
  /** The instruction that is meant; inside an ONBUILD, the inner one. */
  readonly instruction: Instruction;
  /** The same, or the ONBUILD around it. */
  readonly outer: Instruction;
};

export type LintFix = {
  /** What the user reads; `undefined` from {@link edits} means that it does not apply here. */
  readonly title: (place: FindingPlace) => string;
  readonly edits: (place: FindingPlace) => readonly TextEdit[] | undefined;
  /**
   * True when the edit never changes an op of the build, so that it may be applied without a look
   * (the image config may change: EXPOSE, CMD and LABEL are no ops).
   */
  readonly keepsLlb: boolean;
};

export function replace({ start, end }: Span, newText: string): TextEdit {
  return { start, end, newText };
}

export function insert(offset: number, newText: string): TextEdit {
  return { start: offset, end: offset, newText };
}

/** From the start of the span's first line to the start of the line after its last. */
export function wholeLines(text: string, { start, end }: Span): Span {
  const first = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  return { start: first, end: next < 0 ? text.length : next + 1 };
}

/** The instruction that an offset lies in, and the ONBUILD around it. */
export function instructionAt(
  tree: SyntaxTree,
  offset: number,
): Pick<FindingPlace, 'instruction' | 'outer'> | undefined {
  const outer = tree.instructions.find(({ span }) => span.start <= offset && offset <= span.end);
  if (outer === undefined) return undefined;
  let instruction = outer;
  while (instruction.trigger !== undefined && instruction.trigger.span.start <= offset) {
    instruction = instruction.trigger;
  }
  return { instruction, outer };
}

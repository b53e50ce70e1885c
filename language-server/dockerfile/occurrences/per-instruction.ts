/**
 * What follows from the text of one instruction alone is read once and moved along with it: after
 * an edit only the instruction that it touches is read again.
 */
import type { InstructionContent } from '../parser/chunk';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';

type Reader<T> = (tree: SyntaxTree, instruction: Instruction) => readonly T[];

/**
 * @param read may look at nothing but the instruction, its text, and the escape character
 * @param move the same value so many characters further on
 */
export function perInstruction<T>(read: Reader<T>, move: (value: T, by: number) => T): Reader<T> {
  const known = new WeakMap<
    InstructionContent,
    { readonly start: number; readonly values: readonly T[] }
  >();
  return (tree, instruction) => {
    const { content } = instruction;
    const { start } = instruction.keywordSpan;
    const before = known.get(content);
    if (before?.start === start || before?.values.length === 0) return before.values;
    const values =
      before === undefined
        ? read(tree, instruction)
        : before.values.map((value) => move(value, start - before.start));
    known.set(content, { start, values });
    return values;
  };
}

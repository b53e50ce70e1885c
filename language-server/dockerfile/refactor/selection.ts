/** Which instructions a selection means. */
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';

/** Those that it touches, or for an empty selection the one that it stands in. */
export function instructionsIn(tree: SyntaxTree, { start, end }: Span): Instruction[] {
  return tree.instructions.filter(({ span }) => span.start <= end && start <= span.end);
}

/** The one instruction at a selection, the inner one of an ONBUILD. */
export function oneInstruction(tree: SyntaxTree, selection: Span): Instruction | undefined {
  const [found, other] = instructionsIn(tree, selection);
  return other === undefined ? (found?.trigger ?? found) : undefined;
}

/** The names of heredocs: where they are announced and where they end. */
import type { Heredoc, Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import { argumentSpan, joinedText } from './joined-text';

export type HeredocName = {
  readonly heredoc: Heredoc;
  /** The name behind `<<`, without quotes. */
  readonly name: Span;
  /** The whole word: descriptor, operator, name and quotes. */
  readonly word: Span;
};

/** The heredocs of an instruction with the places of their names. */
export function heredocNames(tree: SyntaxTree, instruction: Instruction): HeredocName[] {
  if (instruction.heredocs.length === 0) return [];
  const line = joinedText(tree.text, tree.escape, argumentSpan(tree, instruction));
  const words = line.text.matchAll(/\d*<<-?[\t ]*(["']?)([^\s<"']+)\1/g);
  const found: HeredocName[] = [];
  for (const word of words) {
    const heredoc = instruction.heredocs[found.length];
    const [whole, quote = '', name = ''] = word;
    if (heredoc === undefined) break;
    // A `<<` that announces nothing, as in arithmetic, is passed over.
    if (name.replace(/\\/g, '') !== heredoc.name) continue;
    const end = word.index + whole.length - quote.length;
    found.push({
      heredoc,
      name: line.spanOf(end - name.length, end),
      word: line.spanOf(word.index, word.index + whole.length),
    });
  }
  return found;
}

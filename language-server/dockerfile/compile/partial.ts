/**
 * The graph of a file that is broken somewhere.
 *
 * While typing, one bad instruction must not take the picture away. The instructions that BuildKit
 * rejects are left out, then, if a stage still fails, that stage and those after it; what remains is
 * compiled as if it were the whole file.
 */
import { treeOf } from '../parser/tree';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import { typeInstructions } from '../instructions/dockerfile';
import type { Span } from '../text/span';
import type { CompileOptions } from './options';
import type { CompileResult, PlatformResult } from './result';

type Compile = (tree: SyntaxTree, options: CompileOptions) => Promise<CompileResult>;

/** Each repair compiles once more, so after some of them the rest of the stage goes. */
const maxRepairs = 8;

/** Trees that are themselves the rest of a broken file. */
const remainders = new WeakSet<SyntaxTree>();

/** Compiles what can be compiled; undefined when nothing can, or nothing is broken in the text. */
export async function resolvePartial(
  tree: SyntaxTree,
  options: CompileOptions,
  compile: Compile,
): Promise<PlatformResult | undefined> {
  if (remainders.has(tree) || options.partial !== true) return undefined;
  const bad = new Set<Instruction>(
    typeInstructions(tree, undefined).problems.map(({ node }) => node),
  );
  let instructions: readonly Instruction[] = tree.instructions.filter(
    (node) => node.problem === undefined && !bad.has(node),
  );
  let attempts = 0;
  while (instructions.some((node) => node.name === 'from')) {
    const remainder = treeOf(tree, instructions);
    remainders.add(remainder);
    const result = await compile(
      remainder,
      attempts === 0 ? options : { ...options, target: undefined },
    );
    const [partial] = result.results;
    if (partial !== undefined) return partial;
    attempts++;
    instructions = withoutFailure(instructions, result.error?.span, attempts > maxRepairs);
  }
  return undefined;
}

/** Drops the instruction that failed; a whole stage where none is known, or after many attempts. */
function withoutFailure(
  instructions: readonly Instruction[],
  span: Span | undefined,
  wholeStage: boolean,
): readonly Instruction[] {
  const failed = instructions.findIndex(
    (node) => span !== undefined && node.span.start <= span.start && span.start < node.span.end,
  );
  const isFrom = instructions[failed]?.name === 'from';
  if (failed >= 0 && !isFrom && !wholeStage) {
    return instructions.filter((_, index) => index !== failed);
  }
  const upTo = failed < 0 ? instructions : instructions.slice(0, failed + 1);
  const stage = upTo.findLastIndex((node) => node.name === 'from');
  return instructions.slice(0, Math.max(stage, 0));
}

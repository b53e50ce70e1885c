/**
 * Gives a stage another name, there and wherever it is meant.
 *
 * A name means the last stage before that has it, so the references up to and including the image of
 * the next stage of that name are this stage's. COPY and mounts find names in any case; FROM only in
 * lower case, since BuildKit keeps names in lower case.
 */
import type { Instruction, SyntaxTree } from '../../parser/syntax-tree';
import type { Span } from '../../text/span';
import { replace, type TextEdit } from './fix';

/** @param from the stage's FROM, which has a name */
export function renameStage(tree: SyntaxTree, from: Instruction, name: string): TextEdit[] {
  const [, , nameWord] = from.words;
  if (nameWord === undefined) return [];
  const old = nameWord.text.toLowerCase();
  const edits = [replace(nameWord, name)];
  for (const instruction of tree.instructions.slice(tree.instructions.indexOf(from) + 1)) {
    edits.push(...references(tree, instruction, old).map((span) => replace(span, name)));
    if (instruction.name === 'from' && instruction.words[2]?.text.toLowerCase() === old) break;
  }
  return edits;
}

/** A name near `wanted` that no stage has. */
export function freeStageName(tree: SyntaxTree, wanted: string): string {
  const taken = new Set(
    tree.instructions.flatMap(({ name, words }) =>
      name === 'from' ? (words[2]?.text.toLowerCase() ?? []) : [],
    ),
  );
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  return name;
}

function references(tree: SyntaxTree, instruction: Instruction, stage: string): Span[] {
  if (instruction.trigger !== undefined) return references(tree, instruction.trigger, stage);
  const [image] = instruction.words;
  if (instruction.name === 'from') return image?.text === stage ? [image] : [];
  return instruction.flags.flatMap(({ name, valueSpan }): Span[] => {
    if (valueSpan === undefined) return [];
    const value = tree.text.slice(valueSpan.start, valueSpan.end);
    if (name === 'from') return value.toLowerCase() === stage ? [valueSpan] : [];
    if (name !== 'mount') return [];
    const match = /(?:^|,)from=([^,"]*)/i.exec(value);
    if (match?.[1]?.toLowerCase() !== stage) return [];
    const start = valueSpan.start + match.index + match[0].length - stage.length;
    return [{ start, end: start + stage.length }];
  });
}

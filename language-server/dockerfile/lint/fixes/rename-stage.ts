/** Gives a stage another name, there and wherever it is meant. */
import type { Instruction, SyntaxTree } from '../../parser/syntax-tree';
import { stageTable } from '../../occurrences/stages';
import { replace, type TextEdit } from './fix';

/** @param from the stage's FROM, which has a name */
export function renameStage(tree: SyntaxTree, from: Instruction, name: string): TextEdit[] {
  const { stages, references } = stageTable(tree);
  const stage = stages.find((one) => one.from === from);
  if (stage?.alias === undefined) return [];
  const places = references.filter(({ target, byIndex }) => target === stage && !byIndex);
  return [stage.alias, ...places.map(({ span }) => span)].map((span) => replace(span, name));
}

/** A name near `wanted` that no stage has, and no image that the file uses. */
export function freeStageName(tree: SyntaxTree, wanted: string): string {
  const { stages, references } = stageTable(tree);
  const names = [...stages.map(({ alias }) => alias?.text), ...references.map(({ text }) => text)];
  const taken = new Set(names.map((name) => name?.toLowerCase()));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  return name;
}

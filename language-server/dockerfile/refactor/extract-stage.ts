/** Ends the stage above the selected instruction, and goes on from there in a stage of its own. */
import { insert, replace, wholeLines } from '../lint/fixes/fix';
import { freeStageName } from '../lint/fixes/rename-stage';
import { stageTable, type StageNode } from '../occurrences/stages';
import { variableDefinitions } from '../occurrences/variable-definitions';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import { toLower } from '../text/go';
import type { Refactor } from './refactor';
import { instructionsIn } from './selection';

export const extractStage: Refactor = (tree, selection) => {
  const [first] = instructionsIn(tree, selection);
  if (first === undefined || first.name === 'from') return [];
  const { stages, references } = stageTable(tree);
  const stage = stages.find(({ instructions }) => instructions.includes(first));
  if (stage?.image === undefined || stage.instructions[0] === first) return [];
  // Stages after this one are counted anew, so nothing may name them by number.
  if (references.some(({ byIndex }) => byIndex)) return [];
  const { from, alias, image, instructions } = stage;
  // Settings that only the last stage of a build keeps apart from its base must stay together.
  const above = instructions.slice(0, instructions.indexOf(first));
  if (above.some(({ name }) => name === 'onbuild')) return [];
  // An ENTRYPOINT forgets the CMD of the stage below, but not the one of its own.
  const has = (list: typeof above, wanted: string): boolean =>
    list.some(({ name: kind }) => kind === wanted);
  const below = instructions.slice(above.length);
  if (has(above, 'cmd') && has(below, 'entrypoint') && !has(below, 'cmd')) return [];
  if (mayGiveTime(stage)) return [];
  // FROM finds a stage by its name in lower case only.
  const lower = alias && toLower(alias.text);
  const name = freeStageName(tree, lower === undefined ? 'base' : `${lower}-base`);
  const end = tree.text.includes('\r\n') ? '\r\n' : '\n';
  const keyword = from.keyword;
  const as = keyword === keyword.toLowerCase() ? 'as' : 'AS';
  const own = alias === undefined ? '' : ` ${as} ${alias.text}`;
  // The comment block above belongs to the instruction.
  let start = wholeLines(tree.text, first.span).start;
  for (const comment of tree.comments.toReversed()) {
    if (wholeLines(tree.text, comment).end === start) start = wholeLines(tree.text, comment).start;
  }
  const variables = repeatedArguments(tree, above).map(
    ({ span }) => tree.text.slice(span.start, span.end) + end,
  );
  return [
    {
      kind: 'refactor.extract.stage',
      title: `Extract what stands above into the stage ${name}`,
      edits: [
        alias === undefined ? insert(image.end, ` ${as} ${name}`) : replace(alias, name),
        insert(start, `${end}${keyword} ${name}${own}${end}${variables.join('')}`),
      ],
    },
  ];
};

/** `SOURCE_DATE_EPOCH` may name a stage of nothing but one remote ADD on `scratch`, and no other. */
function mayGiveTime({ alias, image, instructions }: StageNode): boolean {
  const isEmpty = image?.text === 'scratch' || image?.text.includes('$') === true;
  return (
    alias !== undefined &&
    isEmpty &&
    instructions.every(({ name }) => name === 'arg' || name === 'add') &&
    instructions.filter(({ name }) => name === 'add').length === 1
  );
}

/**
 * A stage takes over the variables of the one below, but in another order, and with it other
 * digests; ARGs that stand there again keep theirs. One that an ENV has set since would be set back.
 */
function repeatedArguments(tree: SyntaxTree, above: readonly Instruction[]): Instruction[] {
  const namesOf = (instruction: Instruction): string[] =>
    variableDefinitions(tree, instruction).map(({ name }) => name);
  const set = new Set(above.filter(({ name }) => name === 'env').flatMap(namesOf));
  if ([...set].some((name) => name.includes('$'))) return [];
  return above.filter(
    (instruction) =>
      instruction.name === 'arg' && !namesOf(instruction).some((name) => set.has(name)),
  );
}

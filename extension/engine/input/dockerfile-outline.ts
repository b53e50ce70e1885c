/**
 * The stages and instructions of a Dockerfile, as a debugger walks them: also those that make no
 * op, and which stages the chosen target needs.
 */
import type { Command } from '../../../language-server/dockerfile/instructions/command';
import type { Stage } from '../../../language-server/dockerfile/instructions/stage';
import { typeInstructions } from '../../../language-server/dockerfile/instructions/dockerfile';
import type { SyntaxTree } from '../../../language-server/dockerfile/parser/syntax-tree';
import { environmentOf } from '../../../language-server/dockerfile/words/environment';
import { expandWord } from '../../../language-server/dockerfile/words/lexer';
import type { Section, Statement } from './build-input';

/** @param buildArgs values from outside, which may decide what a stage is built on */
export function dockerfileSections(
  tree: SyntaxTree,
  target: string | undefined,
  buildArgs: Readonly<Record<string, string>>,
): readonly Section[] {
  const { globalArgs, stages } = typeInstructions(tree, undefined);
  const globals = new Map<string, string>();
  const expand = (text: string) => expanded(text, globals, tree.escape);
  for (const { definitions } of globalArgs) {
    for (const { key, value } of definitions) {
      const known = buildArgs[key] ?? (value === undefined ? undefined : expand(value));
      if (known !== undefined) globals.set(key, known);
    }
  }
  const names = stages.map(({ from }, index) => (from.name === '' ? `stage-${index}` : from.name));
  const bases = stages.map(({ from }, index) => before(names, expand(from.base), index));
  const needed = neededStages(stages, names, bases, targetIndex(names, target));
  return stages.map((stage, index) => {
    const base = bases[index];
    const baseName = base === undefined ? undefined : names[base];
    const own = [stage.from, ...stage.commands].map(statementOf);
    return {
      // Two stages may have one name; the later one hides the earlier.
      id: names.indexOf(names[index] ?? '') === index ? (names[index] ?? '') : `#${index}`,
      name: names[index] ?? '',
      // Global arguments are read before anything else.
      statements: index === 0 ? [...globalArgs.map(statementOf), ...own] : own,
      ...(baseName === undefined ? {} : { base: baseName }),
      needed: needed.has(index),
    };
  });
}

function statementOf({ lines, code }: Pick<Command, 'lines' | 'code'>): Statement {
  return { firstLine: lines.first, lastLine: lines.last, text: code.replace(/\s+/g, ' ') };
}

function expanded(text: string, values: ReadonlyMap<string, string>, escape: string): string {
  try {
    return expandWord(text, environmentOf([...values]), { escape }).result;
  } catch {
    return text;
  }
}

/** The stage that a name means to what stands at `limit`: the last one above it. */
function before(names: readonly string[], name: string, limit: number): number | undefined {
  const found = names.slice(0, limit).lastIndexOf(name.toLowerCase());
  return found < 0 ? undefined : found;
}

function targetIndex(names: readonly string[], target: string | undefined): number {
  const last = names.length - 1;
  if (target === undefined || target === '') return last;
  const named = names.lastIndexOf(target.toLowerCase());
  if (named >= 0) return named;
  return /^\d+$/.test(target) && Number(target) <= last ? Number(target) : last;
}

function neededStages(
  stages: readonly Stage[],
  names: readonly string[],
  bases: readonly (number | undefined)[],
  target: number,
): ReadonlySet<number> {
  const needed = new Set<number>();
  const visit = (index: number | undefined): void => {
    const stage = index === undefined ? undefined : stages[index];
    if (index === undefined || stage === undefined || needed.has(index)) return;
    needed.add(index);
    visit(bases[index]);
    for (const name of stage.commands.flatMap(readsOf)) {
      visit(/^\d+$/.test(name) ? Number(name) : before(names, name, names.length));
    }
  };
  visit(target);
  return needed;
}

/** The stages, by name or number, that an instruction takes files from. */
function readsOf(command: Command): readonly string[] {
  if (command.type === 'copy') return command.from === '' ? [] : [command.from];
  if (command.type !== 'run') return [];
  return command.mounts.flatMap(({ from }) => (from === '' ? [] : [from]));
}

/** A whole Dockerfile as typed instructions: global ARGs and stages. */
import type { Linter } from '../lint/linter';
import { rules } from '../lint/rules';
import type { InstructionContent } from '../parser/chunk';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import { toLower, toUpper } from '../text/go';
import type { ArgCommand, Command, CommandContent, FromCommand, Stage } from './command';
import { lostFrom, placeCommand, readInstruction } from './parse';

export type TypedDockerfile = {
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly ArgCommand[];
  readonly stages: readonly Stage[];
};

/** An instruction that cannot be typed: BuildKit's message, and the instruction. */
export type InstructionProblem = { readonly message: string; readonly node: Instruction };

/**
 * Types all instructions. The problems come in the order of the text; BuildKit stops at the first.
 * Instructions with a problem are left out of the stages; a FROM with one begins a lost stage.
 * @param linter told of what BuildKit would look at: all up to the first problem
 * @param recovers tell the linter of the rest too
 */
export function typeInstructions(
  tree: SyntaxTree,
  linter: Linter | undefined,
  recovers = false,
): TypedDockerfile & { readonly problems: readonly InstructionProblem[] } {
  let typed = typedTrees.get(tree);
  if (typed === undefined) {
    typed = typeTree(tree);
    typedTrees.set(tree, typed);
  }
  if (linter !== undefined) lintTyped(recovers ? typed.all : typed.read, linter);
  return typed;
}

/** An instruction and what it says; undefined for one that says nothing. */
type Entry = { readonly node: Instruction; readonly command: Command | FromCommand | undefined };
type TypedTree = TypedDockerfile & {
  readonly problems: readonly InstructionProblem[];
  /** Up to the first problem, where BuildKit stops. */
  readonly read: readonly Entry[];
  readonly all: readonly Entry[];
};

/** Lint, compile and diagnostics all ask for the same tree's. */
const typedTrees = new WeakMap<SyntaxTree, TypedTree>();

function typeTree(tree: SyntaxTree): TypedTree {
  const globalArgs: ArgCommand[] = [];
  const stages: { from: FromCommand; commands: Command[]; completeUpTo?: number }[] = [];
  const problems: InstructionProblem[] = [];
  const all: Entry[] = [];
  let read: readonly Entry[] | undefined;
  let strayed = false;
  const leaveOut = (node: Instruction): void => {
    const stage = stages.at(-1);
    if (node.name === 'from') stages.push({ from: lostFrom(node), commands: [] });
    else if (stage !== undefined) stage.completeUpTo ??= stage.commands.length;
  };
  for (const node of tree.instructions) {
    // What the line parser has refused is reported there.
    if (node.content.message !== undefined) {
      leaveOut(node);
      continue;
    }
    let command: Command | FromCommand;
    try {
      command = commandOf(node);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      all.push({ node, command: undefined });
      read ??= [...all];
      problems.push({
        message: `dockerfile parse error on line ${node.lines.first}: ${message}`,
        node,
      });
      leaveOut(node);
      continue;
    }
    all.push({ node, command });
    const current = stages.at(-1);
    if (command.type === 'from') stages.push({ from: command, commands: [] });
    else if (current !== undefined) current.commands.push(command);
    else if (command.type === 'arg') globalArgs.push(command);
    else if (!strayed) {
      // Said once: all that follows up to the first FROM has the same fault.
      strayed = true;
      read ??= [...all];
      problems.push({ message: 'no build stage in current context', node });
    }
  }
  return { globalArgs, stages, problems, read: read ?? all, all };
}

function lintTyped(entries: readonly Entry[], linter: Linter): void {
  for (const { node, command } of entries) {
    const { name } = node;
    if (name !== 'from' && name !== 'arg' && name !== 'maintainer') continue;
    const own = linter.above(node.comments);
    lintBefore(node, own);
    if (command !== undefined) lintAfter(command, own);
  }
}

/** What instructions say; it is read once, however often they move. */
const readContents = new WeakMap<InstructionContent, CommandContent | Error>();
/** The commands of instructions that have not moved. */
const placed = new WeakMap<Instruction, Command | FromCommand>();

/** @throws Error with BuildKit's message. */
function commandOf(node: Instruction): Command | FromCommand {
  const known = placed.get(node);
  if (known !== undefined) return known;
  const command = placeCommand(contentOf(node.content), node);
  placed.set(node, command);
  return command;
}

function contentOf(instruction: InstructionContent): CommandContent {
  let content = readContents.get(instruction);
  if (content === undefined) {
    try {
      content = readInstruction(instruction);
    } catch (error) {
      content = error instanceof Error ? error : new Error(String(error));
    }
    readContents.set(instruction, content);
  }
  if (content instanceof Error) throw content;
  return content;
}

function lintBefore(node: Instruction, linter: Linter | undefined): void {
  if (linter === undefined) return;
  const { lines } = node;
  if (node.name === 'maintainer') {
    linter.report(rules.maintainerDeprecated, rules.maintainerDeprecated.detail(), {
      lines,
      spans: [node.keywordSpan],
    });
  }
  if (node.name !== 'from') return;
  const [, as = '', name = ''] = node.args;
  if (node.args.length === 3 && name !== toLower(name)) {
    linter.report(rules.stageNameCasing, rules.stageNameCasing.detail(name), {
      lines,
      spans: node.words.slice(2, 3),
    });
  }
  if (node.args.length >= 3 && !sameCasing(node.keyword, as)) {
    linter.report(rules.fromAsCasing, rules.fromAsCasing.detail(node.keyword, as), {
      lines,
      spans: node.words.slice(1, 2),
    });
  }
}

/** A keyword of mixed case is another rule's business. */
function sameCasing(from: string, as: string): boolean {
  if (from === toLower(from)) return as === toLower(as);
  if (from === toUpper(from)) return as === toUpper(as);
  return true;
}

function lintAfter(command: Command | FromCommand, linter: Linter | undefined): void {
  if (command.type === 'from') {
    if (command.name !== '') lintDescription('FROM', [command.name], command, linter);
  } else if (command.type === 'arg') {
    const keys = command.definitions.map((definition) => definition.key);
    lintDescription('ARG', keys, command, linter);
  }
}

function lintDescription(
  instruction: string,
  keys: readonly string[],
  command: Command | FromCommand,
  linter: Linter | undefined,
): void {
  const [firstWord] = command.comments.at(-1)?.split(' ') ?? [];
  const [key] = keys;
  if (firstWord === undefined || key === undefined || keys.includes(firstWord)) return;
  const example = keys.length > 1 ? '<arg_key>' : key;
  linter?.report(
    rules.invalidDefinitionDescription,
    rules.invalidDefinitionDescription.detail(instruction, example),
    { lines: command.lines, spans: [command.node.keywordSpan], subject: example },
  );
}

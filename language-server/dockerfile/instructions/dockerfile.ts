/** A whole Dockerfile as typed instructions: global ARGs and stages. */
import { Linter, parseLintConfig } from '../lint/linter';
import { instructionNames, instructionSpec } from '../grammar/instructions';
import { rules } from '../lint/rules';
import type { InstructionContent } from '../parser/chunk';
import { PlacedInstruction } from '../parser/placed-instruction';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import { toLower, toUpper } from '../text/go';
import type { ArgCommand, Command, CommandContent, FromCommand } from './command';
import type { Spacing, Stage } from './stage';
import { lostFrom, placeCommand, readInstruction } from './parse';
import { StageText } from './stage-text';

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
  if (linter !== undefined) {
    const { length } = tree.instructions;
    lintTyped(tree.instructions, typed.stages, recovers ? length : typed.read, linter);
  }
  return typed;
}

type TypedTree = TypedDockerfile & {
  readonly problems: readonly InstructionProblem[];
  /** How many instructions BuildKit reads: those up to the first problem. */
  readonly read: number;
};

/** Lint, compile and diagnostics all ask for the same tree's. */
const typedTrees = new WeakMap<SyntaxTree, TypedTree>();

/** By the FROM of stages without a problem. */
const stageTexts = new WeakMap<InstructionContent, StageText>();

/** How a stage stands, once somebody has asked. */
type Standing = { spacing: Spacing | undefined };

/** A stage without a problem in its place; its commands are placed when they are asked for. */
class WholeStage implements Stage {
  #from: FromCommand | undefined;
  #commands: readonly Command[] | undefined;

  /**
   * @param start where its FROM is among the nodes
   * @param standing goes on to the next version where the stage moves as a whole
   */
  constructor(
    readonly text: StageText,
    private readonly nodes: readonly Instruction[],
    readonly start: number,
    readonly standing: Standing = { spacing: undefined },
  ) {}

  get from(): FromCommand {
    const node = this.nodes[this.start];
    if (node === undefined) throw new Error('a stage outside its file');
    return (this.#from ??= fromOf(node));
  }

  get spacing(): Spacing {
    const { nodes, start, text } = this;
    return (this.standing.spacing ??= spacingOf(nodes, start, text.instructions.length));
  }

  get commands(): readonly Command[] {
    return (this.#commands ??= this.nodes
      .slice(this.start + 1, this.start + this.text.instructions.length)
      .map((_, index) => this.command(index)));
  }

  command(index: number): Command {
    const node = this.nodes[this.start + 1 + index];
    const command = node && commandOf(node);
    if (command === undefined || command.type === 'from') throw new Error('no such command');
    return command;
  }
}

function spacingOf(nodes: readonly Instruction[], start: number, count: number): Spacing {
  const from = nodes[start];
  if (from === undefined) return [];
  const { lines, span } = from;
  return nodes
    .slice(start, start + count)
    .flatMap((node) => [node.span.start - span.start, node.lines.first - lines.first]);
}

function fromOf(node: Instruction): FromCommand {
  const command = commandOf(node);
  if (command.type !== 'from') throw new Error('a stage that does not begin with FROM');
  return command;
}

/** A stage while its instructions are read. */
type Draft = {
  readonly from: FromCommand;
  readonly commands: Command[];
  /** Where its FROM is in the tree, and how many instructions are its. */
  readonly start: number;
  length: number;
  completeUpTo?: number;
};

function typeTree(tree: SyntaxTree): TypedTree {
  const globalArgs: ArgCommand[] = [];
  const stages: Stage[] = [];
  const problems: InstructionProblem[] = [];
  const nodes = tree.instructions;
  const untouched = untouchedStages(tree);
  let read: number | undefined;
  let strayed = false;
  let current: Draft | undefined;
  const finish = (): void => {
    if (current !== undefined) stages.push(finished(current, nodes));
    current = undefined;
  };
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at];
    if (node === undefined) break;
    if (node.content.name === 'from') {
      finish();
      const before = untouched.get(at);
      const known = before?.text ?? standingAt(nodes, at);
      if (known !== undefined) {
        stages.push(new WholeStage(known, nodes, at, before?.standing));
        at += known.instructions.length - 1;
        continue;
      }
    }
    let command: Command | FromCommand | undefined;
    let problem: string | undefined;
    // What the line parser has refused is reported there.
    if (node.content.message === undefined) {
      try {
        command = commandOf(node);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        problem = `dockerfile parse error on line ${node.lines.first}: ${message}`;
      }
    }
    if (command === undefined) {
      if (node.name === 'from')
        current = { from: lostFrom(node), commands: [], start: at, length: 1 };
      else if (current !== undefined) current.completeUpTo ??= current.commands.length;
    } else if (command.type === 'from') {
      current = { from: command, commands: [], start: at, length: 1 };
    } else if (current !== undefined) {
      current.commands.push(command);
      current.length++;
    } else if (command.type === 'arg') globalArgs.push(command);
    else if (!strayed) {
      // Said once: all that follows up to the first FROM has the same fault.
      strayed = true;
      problem = 'no build stage in current context';
    }
    if (problem !== undefined) {
      read ??= at + 1;
      problems.push({ message: problem, node });
    }
  }
  finish();
  return { globalArgs, stages, problems, read: read ?? nodes.length };
}

function standingAt(nodes: readonly Instruction[], at: number): StageText | undefined {
  const content = nodes[at]?.content;
  const known = content && stageTexts.get(content);
  return known?.standsAt(nodes, at) === true ? known : undefined;
}

/** The stages that an edit has left alone, by the index of their FROM. */
function untouchedStages({ origin, instructions }: SyntaxTree): ReadonlyMap<number, WholeStage> {
  const found = new Map<number, WholeStage>();
  const before = origin && typedTrees.get(origin.previous);
  if (origin === undefined || before === undefined) return found;
  const { previous, head, tail } = origin;
  const count = previous.instructions.length;
  const by = instructions.length - count;
  for (const stage of before.stages) {
    if (!(stage instanceof WholeStage)) continue;
    const { start, text } = stage;
    const end = start + text.instructions.length;
    // The last chunk may be none of an instruction, so the tail counts one less.
    if (end < head) found.set(start, stage);
    else if (start > count - tail) found.set(start + by, stage);
  }
  return found;
}

function finished(
  { from, commands, start, length, completeUpTo }: Draft,
  nodes: readonly Instruction[],
): Stage {
  if (from.lost === true || completeUpTo !== undefined) {
    return { from, commands, ...(completeUpTo !== undefined && { completeUpTo }) };
  }
  const contents = nodes.slice(start, start + length).map(({ content }) => content);
  const text = new StageText(contents, contents.slice(1).map(contentOf));
  stageTexts.set(from.node.content, text);
  return new WholeStage(text, nodes, start);
}

/** @param count so many of the instructions are looked at */
function lintTyped(
  nodes: readonly Instruction[],
  stages: readonly Stage[],
  count: number,
  linter: Linter,
): void {
  let at = 0;
  const lintUpTo = (end: number): void => {
    for (; at < Math.min(end, count); at++) {
      const node = nodes[at];
      if (node === undefined || !isLinted(node.content)) continue;
      const own = linter.above(node.comments);
      lintBefore(node, own);
      const command = commandIfAny(node);
      if (command !== undefined) lintAfter(command, own);
    }
  };
  for (const stage of stages) {
    if (!(stage instanceof WholeStage)) continue;
    const { text, start } = stage;
    if (!isQuiet(text)) continue;
    lintUpTo(start);
    at = start + text.instructions.length;
  }
  lintUpTo(count);
}

const isLinted = ({ name, message }: InstructionContent): boolean =>
  message === undefined && (name === 'from' || name === 'arg' || deprecated.has(name));

/** Stages of which no linter says anything here, and others. */
const quietTexts = new WeakMap<StageText, boolean>();

function isQuiet(text: StageText): boolean {
  const known = quietTexts.get(text);
  if (known !== undefined) return known;
  const all = Linter.collecting(parseLintConfig('experimental=all'));
  for (const content of text.instructions) {
    if (!isLinted(content)) continue;
    const node = new PlacedInstruction(content, 0, 1, content.comments);
    lintBefore(node, all);
    lintAfter(placeCommand(contentOf(content), node), all);
  }
  const quiet = all.warnings.length === 0;
  quietTexts.set(text, quiet);
  return quiet;
}

function commandIfAny(node: Instruction): Command | FromCommand | undefined {
  try {
    return commandOf(node);
  } catch {
    return undefined; // It is among the problems.
  }
}

/**
 * What instructions say, or in what words they are refused; it is read once, however often they
 * move. The words alone: an Error that is kept keeps all that its stack has seen, a whole version.
 */
const readContents = new WeakMap<InstructionContent, CommandContent | string>();
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
      content = error instanceof Error ? error.message : String(error);
    }
    readContents.set(instruction, content);
  }
  if (typeof content === 'string') throw new Error(content);
  return content;
}

/** BuildKit has one rule for the one instruction that has had its day. */
const deprecated: ReadonlySet<Instruction['name']> = new Set(
  instructionNames.filter((name) => instructionSpec(name).deprecated !== undefined),
);

function lintBefore(node: Instruction, linter: Linter | undefined): void {
  if (linter === undefined) return;
  const { lines } = node;
  if (deprecated.has(node.name)) {
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

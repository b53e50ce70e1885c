/** The stages of a file, what each is built on, and every place that names one. */
import type { InstructionContent } from '../parser/chunk';
import type { Flag, Instruction, SyntaxTree, Word } from '../parser/syntax-tree';
import { toLower } from '../text/go';
import type { Span } from '../text/span';
import { joinedText } from './joined-text';

export type StageNode = {
  readonly index: number;
  readonly from: Instruction;
  /** As written; undefined for a stage without a name. */
  readonly alias: Word | undefined;
  /** What stands behind FROM. */
  readonly image: Word | undefined;
  /** What follows the FROM. */
  readonly instructions: readonly Instruction[];
  /** The stage that it is built on; undefined for an image. */
  readonly base: StageNode | undefined;
};

/** A place that names a stage, an index or, when there is no such stage, an image. */
export type StageReference = {
  readonly kind: 'from' | 'copy' | 'mount';
  readonly instruction: Instruction;
  /** The stage in which it stands. */
  readonly inStage: StageNode;
  readonly text: string;
  readonly span: Span;
  readonly target: StageNode | undefined;
  /** A number, not a name: it stays as it is when the stage is renamed. */
  readonly byIndex: boolean;
};

export type StageTable = {
  /** Instructions before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly StageNode[];
  readonly references: readonly StageReference[];
};

type StageDraft = { -readonly [Key in keyof StageNode]: StageNode[Key] } & {
  instructions: Instruction[];
};

export function stageTable(tree: SyntaxTree): StageTable {
  const globals: Instruction[] = [];
  const stages: StageDraft[] = [];
  // A later stage of the same name takes the name over, as in BuildKit.
  const named = new Map<string, StageNode>();
  const asWritten = new Map<string, StageNode>();
  const fromReferences: StageReference[] = [];
  for (const instruction of tree.instructions) {
    const current = stages.at(-1);
    if (instruction.name !== 'from') {
      (current?.instructions ?? globals).push(instruction);
      continue;
    }
    const image = instruction.words[0];
    // BuildKit looks a FROM's image up as it is written, under names in lower case: `FROM Final` is
    // an image. What --from, --mount and --target name is put into lower case before.
    const base = image && named.get(image.text);
    const stage: StageDraft = {
      index: stages.length,
      from: instruction,
      alias: aliasOf(instruction),
      image,
      instructions: [],
      base,
    };
    stages.push(stage);
    if (image !== undefined) {
      // With capitals BuildKit takes it for an image, and no image has such a name: what is meant
      // is clear all the same.
      fromReferences.push({
        kind: 'from',
        instruction,
        inStage: stage,
        text: image.text,
        span: image,
        target: base ?? asWritten.get(image.text),
        byIndex: false,
      });
    }
    if (stage.alias !== undefined) {
      named.set(toLower(stage.alias.text), stage);
      asWritten.set(stage.alias.text, stage);
    }
  }
  return {
    globals,
    stages,
    references: [...fromReferences, ...flagReferences(tree, stages, named)],
  };
}

/** The name behind AS. */
export function aliasOf(from: Instruction): Word | undefined {
  const [, as, name] = from.words;
  return as !== undefined && toLower(as.text) === 'as' ? name : undefined;
}

function* flagReferences(
  tree: SyntaxTree,
  stages: readonly StageNode[],
  named: ReadonlyMap<string, StageNode>,
): Generator<StageReference> {
  for (const inStage of stages) {
    for (const instruction of inStage.instructions) {
      const { content } = instruction;
      if (!mayNameStages(content.trigger ?? content)) continue;
      const subject = instruction.trigger ?? instruction;
      for (const flag of subject.flags) {
        const place = stagePlace(tree, subject, flag);
        if (place === undefined) continue;
        const byIndex = place.kind === 'copy' && /^\d+$/.test(place.text);
        const target =
          named.get(toLower(place.text)) ?? (byIndex ? stages[Number(place.text)] : undefined);
        yield { instruction, inStage, target, byIndex, ...place };
      }
    }
  }
}

/** Without its place: most instructions name no stage, and need not be placed to see that. */
function mayNameStages({ name, flags }: InstructionContent): boolean {
  if (name !== 'copy' && name !== 'run') return false;
  return flags.some((flag) => flag.name === 'from' || /from=/i.test(flag.value ?? ''));
}

/** The value of `COPY --from=` and of `from=` in `RUN --mount=`. */
function stagePlace(
  tree: SyntaxTree,
  { name }: Instruction,
  flag: Flag,
): Pick<StageReference, 'kind' | 'text' | 'span'> | undefined {
  if (flag.valueSpan === undefined) return undefined;
  if (name === 'copy' && flag.name === 'from') {
    return { kind: 'copy', text: flag.value ?? '', span: flag.valueSpan };
  }
  if (name !== 'run' || flag.name !== 'mount') return undefined;
  const line = joinedText(tree.text, tree.escape, flag.valueSpan);
  const match = /(?:^|,)["']?from=([^,"']*)/i.exec(line.text);
  if (match === null) return undefined;
  const text = match[1] ?? '';
  const end = match.index + match[0].length;
  return { kind: 'mount', text, span: line.spanOf(end - text.length, end) };
}

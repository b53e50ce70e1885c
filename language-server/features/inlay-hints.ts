/** Hints in the text: what variables are, how old an image is, how many steps an edit runs again. */
import { InlayHintKind, type InlayHint, type Range } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';
import { pastHint, type PastInstruction } from './past-step-text';
import type { Instruction } from '../dockerfile/parser/syntax-tree';
import { expandedText, resolvedValue } from '../dockerfile/occurrences/resolved-values';

export type InlaySettings = {
  readonly variables: boolean;
  readonly images: boolean;
  readonly invalidations: boolean;
  readonly steps: boolean;
};

export type InlaySources = {
  /** What is known of an image, in a few words; undefined for one that nothing is known of. */
  imageHint(ref: string): Promise<string | undefined>;
  /** By the index of an instruction: the steps that run again when it changes, itself left out. */
  followers(): Promise<ReadonlyMap<number, number>>;
  /** By the index of an instruction: how it went in the last build. */
  past(): Promise<ReadonlyMap<number, PastInstruction>>;
};

/** Steps after which a hint is worth its place. */
const manyFollowers = 3;

export async function inlayHints(
  view: DockerfileView,
  range: Range,
  settings: InlaySettings,
  sources: InlaySources,
): Promise<InlayHint[]> {
  const start = view.offsetAt(range.start);
  const end = view.offsetAt(range.end);
  const hints: InlayHint[] = [];
  const followers = settings.invalidations ? await sources.followers() : new Map<number, number>();
  const past = settings.steps ? await sources.past() : new Map<number, PastInstruction>();
  for (const [index, instruction] of view.tree.instructions.entries()) {
    const { span, name, words } = instruction;
    if (span.end < start || span.start > end) continue;
    const [image] = words;
    if (name === 'from' && image !== undefined) {
      const ref = resolved(view, image.text, span.start);
      if (settings.variables && ref !== undefined && ref !== image.text) {
        hints.push(hint(view, image.end, ref));
      }
      const age = settings.images ? await sources.imageHint(ref ?? image.text) : undefined;
      if (age !== undefined) hints.push(hint(view, image.end, age));
    }
    const behind = behindCommand(view, instruction);
    const went = past.get(index);
    const about = went === undefined ? undefined : pastHint(went);
    if (about !== undefined) hints.push(hint(view, behind, about));
    const count = followers.get(index) ?? 0;
    if (count >= manyFollowers) hints.push(hint(view, behind, `invalidates ${count} steps`));
  }
  if (settings.variables) hints.push(...pathHints(view, start, end));
  return hints;
}

/** The end of the last line before heredocs: a hint behind a continuation would look like a part of it. */
function behindCommand(view: DockerfileView, { span, heredocs: [heredoc] }: Instruction): number {
  return heredoc === undefined
    ? view.lineEnd(view.lineAt(span.end))
    : view.lineEnd(view.lineAt(heredoc.body.start) - 1);
}

/** Arguments of instructions that the builder expands itself: WORKDIR, COPY, ADD, USER and so on. */
const expanded = new Set<string | undefined>([
  'workdir',
  'copy',
  'add',
  'user',
  'expose',
  'volume',
]);

function pathHints(view: DockerfileView, start: number, end: number): InlayHint[] {
  return view.tree.instructions
    .filter(({ span, name }) => span.end >= start && span.start <= end && expanded.has(name))
    .flatMap(({ words, span }) =>
      words.flatMap((word) => {
        if (!word.text.includes('$')) return [];
        const value = resolved(view, word.text, span.start);
        return value === undefined ? [] : [hint(view, word.end, value)];
      }),
    );
}

function resolved(view: DockerfileView, text: string, offset: number): string | undefined {
  const { variables, tree } = view;
  if (!text.includes('$')) return text;
  const scope = view.scopeAt(offset);
  return expandedText(text, tree.escape, (name) =>
    resolvedValue(variables, scope, name, offset, tree.escape),
  );
}

function hint(view: DockerfileView, offset: number, label: string): InlayHint {
  return {
    position: view.document.positionAt(offset),
    label,
    kind: InlayHintKind.Type,
    paddingLeft: true,
  };
}

/**
 * Renaming a stage, a variable or a heredoc in every place where the build needs it, so that the
 * build stays what it was. A new name that BuildKit would refuse or that would change the build's
 * meaning is refused with the reason.
 */
import {
  TextEdit,
  type Position,
  type Range,
  type WorkspaceEdit,
} from 'vscode-languageserver-types';
import { applyEdits, parse, type TextEdit as Edit } from '../dockerfile';
import { replace } from '../dockerfile/lint/fixes/fix';
import type { Name, OccurrenceKind } from '../dockerfile/occurrences/occurrence';
import { OccurrenceIndex } from '../dockerfile/occurrences/occurrences';
import { stageTable } from '../dockerfile/occurrences/stages';
import { VariableScopes } from '../dockerfile/occurrences/variable-scopes';
import type { DockerfileView } from '../dockerfile-view';

/** The name at a position, when it can be renamed. */
export function prepareRename(view: DockerfileView, position: Position): Range | undefined {
  const place = view.occurrences.at(view.offsetAt(position));
  return place?.occurrence.renamed ? view.range(place.occurrence.span) : undefined;
}

const rules: Readonly<Record<OccurrenceKind, { valid: RegExp; reason: string } | undefined>> = {
  stage: {
    valid: /^[a-zA-Z][a-zA-Z0-9\-_.]*$/,
    reason: 'a stage name starts with a letter and holds letters, digits, “-”, “_” and “.”',
  },
  variable: {
    valid: /^[A-Za-z_][A-Za-z0-9_]*$/,
    reason: 'a variable name holds letters, digits and “_”, and does not start with a digit',
  },
  heredoc: { valid: /^[^\s<"'\\]+$/, reason: 'a heredoc name holds no blanks, quotes or “<”' },
  image: { valid: /^\S+$/, reason: 'an image name holds no blanks' },
};

/** @throws Error that says why the new name cannot be used. */
export function rename(
  view: DockerfileView,
  position: Position,
  newName: string,
): WorkspaceEdit | undefined {
  const place = view.occurrences.at(view.offsetAt(position));
  if (!place?.occurrence.renamed) return undefined;
  const { kind, occurrences } = place.name;
  const rule = rules[kind];
  if (rule !== undefined && !rule.valid.test(newName)) {
    throw new Error(`“${newName}” cannot be used: ${rule.reason}.`);
  }
  const edits = occurrences
    .filter(({ renamed }) => renamed)
    .map(({ span, lowerCase }) =>
      replace(span, lowerCase === true ? newName.toLowerCase() : newName),
    );
  if (!meansTheSame(view, edits)) {
    throw new Error(`“${newName}” cannot be used: it has a meaning in this file already.`);
  }
  const changes = edits.map((edit) => TextEdit.replace(view.range(edit), edit.newText));
  return { changes: { [view.uri]: changes } };
}

/**
 * Whether all names of a file stand for what they did, each place together with the same others. A
 * name that is taken would join them, or take over places that meant an image or nothing.
 */
function meansTheSame({ tree, occurrences }: DockerfileView, edits: readonly Edit[]): boolean {
  const text = applyEdits(tree.text, edits);
  const after = parse(text);
  const stages = stageTable(after);
  const index = new OccurrenceIndex(after, stages, new VariableScopes(after, stages));
  const sorted = edits.toSorted((a, b) => a.start - b.start);
  let next = 0;
  let shift = 0;
  const moved = (start: number): number => {
    for (let edit = sorted[next]; edit !== undefined && edit.start < start; edit = sorted[++next]) {
      shift += edit.newText.length - (edit.end - edit.start);
    }
    return start + shift;
  };
  return together(occurrences, moved) === together(index, (start) => start);
}

/** Every place in the order of the text, with the number of the name that stands there. */
function together(index: OccurrenceIndex, placed: (start: number) => number): string {
  const numbers = new Map<Name, number>();
  return index
    .all()
    .map(({ occurrence, name }) => {
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return `${placed(occurrence.span.start)} ${number}`;
    })
    .join();
}

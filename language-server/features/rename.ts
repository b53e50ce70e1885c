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
import type { OccurrenceKind } from '../dockerfile/occurrences/occurrence';
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
      TextEdit.replace(view.range(span), lowerCase === true ? newName.toLowerCase() : newName),
    );
  return { changes: { [view.uri]: edits } };
}

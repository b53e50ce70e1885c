/** Places that change together while one types: the two names of a heredoc. */
import type { LinkedEditingRanges } from 'vscode-languageserver';
import type { Position } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';

export function linkedEditing(
  view: DockerfileView,
  position: Position,
): LinkedEditingRanges | undefined {
  const name = view.occurrences.at(view.offsetAt(position))?.name;
  if (name?.kind !== 'heredoc' || name.occurrences.length < 2) return undefined;
  return {
    ranges: name.occurrences.map(({ span }) => view.range(span)),
    wordPattern: '[^\\s<"\'\\\\]+',
  };
}

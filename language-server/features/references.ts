/** Every place of the name at a position, in the order of the text. */
import type { Location, Position } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';

/** @param withDefinitions whether the places that define the name are among them */
export function references(
  view: DockerfileView,
  position: Position,
  withDefinitions: boolean,
): Location[] {
  const name = view.occurrences.at(view.offsetAt(position))?.name;
  return (name?.occurrences ?? [])
    .filter(({ role }) => withDefinitions || role === 'read')
    .toSorted((a, b) => a.span.start - b.span.start)
    .map(({ span }) => ({ uri: view.uri, range: view.range(span) }));
}

/** Where the thing at a position is defined. */
import type { Location, Position } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';

export function definition(view: DockerfileView, position: Position): Location | undefined {
  const place = view.occurrences.at(view.offsetAt(position));
  const span = place?.occurrence.definition;
  return span && { uri: view.uri, range: view.range(span) };
}

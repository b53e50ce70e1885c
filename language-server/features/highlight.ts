/** The places to mark when the cursor is in a name: writes define it, reads use it. */
import {
  DocumentHighlightKind,
  type DocumentHighlight,
  type Position,
} from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';

const kinds = { write: DocumentHighlightKind.Write, read: DocumentHighlightKind.Read } as const;

export function highlights(view: DockerfileView, position: Position): DocumentHighlight[] {
  const name = view.occurrences.at(view.offsetAt(position))?.name;
  return (name?.occurrences ?? []).map(({ span, role }) => ({
    range: view.range(span),
    kind: kinds[role],
  }));
}

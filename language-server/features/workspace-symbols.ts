/** Stages of all open files, by a part of their names. */
import { SymbolKind, type SymbolInformation } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';

export function workspaceSymbols(
  views: Iterable<DockerfileView>,
  query: string,
): SymbolInformation[] {
  const wanted = query.toLowerCase();
  const found: SymbolInformation[] = [];
  for (const view of views) {
    for (const { alias, from } of view.stages.stages) {
      if (alias === undefined || !isSubsequence(wanted, alias.text.toLowerCase())) continue;
      found.push({
        name: alias.text,
        kind: SymbolKind.Class,
        location: { uri: view.uri, range: view.range(from.span) },
        containerName: decodeURIComponent(view.uri.slice(view.uri.lastIndexOf('/') + 1)),
      });
    }
  }
  return found;
}

/** Whether all letters stand in the text in their order, as fuzzy pickers want it. */
function isSubsequence(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

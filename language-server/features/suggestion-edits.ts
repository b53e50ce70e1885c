/** BuildKit's “did you mean”: the word that an error names, replaced by the one it suggests. */
import type { TextEdit } from '../dockerfile';
import type { BuildError } from '../dockerfile/compile/result';
import type { SyntaxTree } from '../dockerfile/parser/syntax-tree';
import { suggest } from '../dockerfile/text/suggest';

/** For example `unknown flag: --form (did you mean from?)`. */
const pattern = /^([^]*) \(did you mean ([^\s?]+)\?\)/;

export function suggestionEdits(
  tree: SyntaxTree,
  { message, span, locations }: BuildError,
): readonly { readonly title: string; readonly edits: readonly TextEdit[] }[] {
  const [, words = '', right = ''] = pattern.exec(message) ?? [];
  // BuildKit suggests what is near, so the wrong word is the one that its suggestion is near to.
  const wrong = words
    .split(/[^\w.-]+/)
    .map((word) => word.replace(/^-+/, ''))
    .findLast((word) => suggest(word, [right]) === right);
  if (wrong === undefined) return [];
  const lines = locations.find((location) => location !== undefined);
  const whole = tree.instructions.find((one) => one.lines.first === lines?.first)?.span;
  for (const place of [span, whole]) {
    if (place === undefined) continue;
    const at = tree.text.slice(place.start, place.end).toLowerCase().indexOf(wrong.toLowerCase());
    if (at < 0) continue;
    const start = place.start + at;
    const edit = { start, end: start + wrong.length, newText: right };
    return [{ title: `Change to ${right}`, edits: [edit] }];
  }
  return [];
}

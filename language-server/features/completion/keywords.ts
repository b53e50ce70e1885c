/** Instructions and whole patterns, at the start of a line or behind ONBUILD. */
import { CompletionItemKind } from 'vscode-languageserver-types';
import type { DockerfileView } from '../../dockerfile-view';
import { instructionNames, instructionSpec, referenceUrl } from '../../dockerfile';
import type { Offer } from './items';
import { snippets } from './snippets';

/** @param head what stands of the keyword on the lines before */
export function keywordOffers(
  view: DockerfileView,
  { isTrigger, head }: { isTrigger: boolean; head: string },
  withSnippets: boolean,
): Offer[] {
  const isLower = head === '' ? prefersLowerCase(view) : head === head.toLowerCase();
  const inCase = (name: string) => (isLower ? name : name.toUpperCase());
  const keywords = instructionNames
    .filter((name) => !(isTrigger && instructionSpec(name).noTrigger === true))
    .map((name): Offer => {
      const { summary, docs, deprecated } = instructionSpec(name);
      return {
        label: inCase(name),
        kind: CompletionItemKind.Keyword,
        detail: summary,
        docs: `${docs}\n\n[Reference](${referenceUrl(name)})`,
        text: `${inCase(name)} `,
        order: `1${name}`,
        goesOn: true,
        ...(deprecated === undefined ? {} : { deprecated: true }),
      };
    });
  const kinds = ['CMD', 'NONE'].map((kind): Offer => ({
    label: `${inCase('healthcheck')} ${isLower ? kind.toLowerCase() : kind}`,
    kind: CompletionItemKind.Keyword,
    detail: kind === 'CMD' ? 'Check by a command' : 'No check',
    order: '1healthcheck',
  }));
  const words = [...keywords, ...kinds];
  if (head !== '') {
    const wanted = head.toLowerCase();
    const fitting = words.filter(({ label }) => label.toLowerCase().startsWith(wanted));
    return fitting.map((offer) => ({ ...offer, behind: head.length }));
  }
  if (!withSnippets) return words;
  const fitting = snippets.filter(({ body }) => !(isTrigger && body.startsWith('FROM')));
  const patterns = fitting.map(({ label, detail, body }): Offer => ({
    label,
    kind: CompletionItemKind.Snippet,
    detail,
    docs: `\`\`\`dockerfile\n${body.replace(/\$\{\d+:([^}]*)\}|\$\d+/g, '$1')}\n\`\`\``,
    text: body,
    isSnippet: true,
    order: `2${label}`,
  }));
  return [...words, ...patterns];
}

/** The file's own habit decides; a file without instructions is written in upper case. */
function prefersLowerCase({ tree }: DockerfileView): boolean {
  let lower = 0;
  let other = 0;
  for (const { keyword, name } of tree.instructions) {
    if (name === undefined) continue;
    if (keyword === keyword.toLowerCase()) lower++;
    else other++;
  }
  return lower > other;
}

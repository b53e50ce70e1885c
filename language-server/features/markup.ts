/** Texts for people: written in Markdown here, sent as the client can show them. */
import type { MarkupContent, MarkupKind } from 'vscode-languageserver-types';

export function markup(markdown: string, kind: MarkupKind): MarkupContent {
  return { kind, value: kind === 'markdown' ? markdown : plainText(markdown) };
}

/** Takes the marks away; a link keeps its address behind its text, code blocks keep their lines. */
function plainText(markdown: string): string {
  return markdown
    .replace(/^```\w*\n([\s\S]*?)\n?```$/gm, '$1')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1: $2')
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/(`+) ?(.+?) ?\1/g, '$2');
}

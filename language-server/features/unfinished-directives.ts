/** Directives whose value is still to be typed: BuildKit reads such a line as a comment. */
import type { Directive, SyntaxTree } from '../dockerfile/parser/syntax-tree';
import type { Span } from '../dockerfile/text/span';

export type UnfinishedDirective = {
  readonly name: Directive['name'];
  readonly span: Span;
  readonly nameSpan: Span;
};

/** Only the lines before anything else can hold directives. */
export function unfinishedDirectives({
  text,
  comments,
  directives,
}: SyntaxTree): UnfinishedDirective[] {
  const found: UnfinishedDirective[] = [];
  for (const [index, comment] of comments.entries()) {
    if (comment.line !== directives.length + index + 1) break;
    const line = text.slice(comment.start, comment.end);
    const match = /^(#[\t ]*)(syntax|escape|check)[\t ]*=[\t\r ]*$/i.exec(line);
    if (match === null) break;
    const [, mark = '', written = ''] = match;
    const start = comment.start + mark.length;
    found.push({
      name: directiveNames[written.toLowerCase()] ?? 'syntax',
      span: { start: comment.start, end: comment.end },
      nameSpan: { start, end: start + written.length },
    });
  }
  return found;
}

const directiveNames: Readonly<Record<string, Directive['name']>> = {
  syntax: 'syntax',
  escape: 'escape',
  check: 'check',
};

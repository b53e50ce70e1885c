/**
 * Lines that look like directives and are not read as such by BuildKit: the value is still to be
 * typed or not allowed, the directive stands there twice, or there is none of that name.
 */
import type { Directive, SyntaxTree } from '../dockerfile/parser/syntax-tree';
import type { Span } from '../dockerfile/text/span';

export type UnfinishedDirective = {
  /** Undefined for a name that no directive has. */
  readonly name: Directive['name'] | undefined;
  readonly span: Span;
  readonly nameSpan: Span;
};

/** Only the lines before anything else can hold directives. */
export function unfinishedDirectives({ text, directives }: SyntaxTree): UnfinishedDirective[] {
  const finished = new Set(directives.map(({ nameSpan }) => nameSpan.start));
  const found: UnfinishedDirective[] = [];
  let next = 0;
  while (next < text.length) {
    const start = next;
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    next = end + 1;
    const match = /^(\ufeff?[\t ]*#[\t ]*)([a-z]\w*)[\t ]*=/i.exec(text.slice(start, end));
    if (match === null) break;
    const [, mark = '', written = ''] = match;
    const nameStart = start + mark.length;
    if (finished.has(nameStart)) continue;
    found.push({
      name: directiveNames[written.toLowerCase()],
      span: { start, end: text[end - 1] === '\r' ? end - 1 : end },
      nameSpan: { start: nameStart, end: nameStart + written.length },
    });
  }
  return found;
}

const directiveNames: Readonly<Partial<Record<string, Directive['name']>>> = {
  syntax: 'syntax',
  escape: 'escape',
  check: 'check',
};

/** Places in a source text, in the two coordinates that are used side by side. */

/** A half-open piece of the text, in UTF-16 code units from its start (a leading BOM counts). */
export type Span = { readonly start: number; readonly end: number };

/**
 * A whole-line place as BuildKit records it: the first and last line, counted from 1 and inclusive.
 * Directive errors use line 0 for the first line of the file, because BuildKit does.
 */
export type Lines = { readonly first: number; readonly last: number };

/** The place of one instruction: BuildKit writes it as one range for each physical line. */
export function lineList(lines: Lines): number[] {
  const list: number[] = [];
  for (let line = lines.first; line <= Math.max(lines.first, lines.last); line++) list.push(line);
  return list;
}

/** Whether an offset lies inside a span; the end counts, so that a cursor after a word is in it. */
export function touches(span: Span, offset: number): boolean {
  return span.start <= offset && offset <= span.end;
}

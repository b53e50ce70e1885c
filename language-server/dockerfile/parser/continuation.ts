/** Where a physical line hands over to the next one. */
import type { EscapeToken } from './syntax-tree';

/**
 * The index of the escape character that continues a line; undefined when the line ends there.
 * Blanks may follow it; an escape character before it makes both ordinary text.
 */
export function continuationAt(content: string, escape: EscapeToken): number | undefined {
  let end = content.length;
  while (end > 0 && (content[end - 1] === ' ' || content[end - 1] === '\t')) end--;
  const continues = content[end - 1] === escape && (end === 1 || content[end - 2] !== escape);
  return continues ? end - 1 : undefined;
}

/**
 * Pieces of an instruction with its continuation lines joined, as BuildKit reads them, and the way
 * back from each character to the source. Heredoc bodies are not part of an instruction's command.
 */
import { LogicalLine } from '../parser/logical-line';
import type { EscapeToken, Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';

/** Where the instruction's own lines end, before its heredoc bodies. */
export function commandSpan(tree: SyntaxTree, instruction: Instruction): Span {
  const [heredoc] = instruction.heredocs;
  const { start, end } = instruction.span;
  if (heredoc === undefined) return { start, end };
  return { start, end: Math.max(start, trimLineEnd(tree.text, heredoc.body.start)) };
}

/**
 * From behind the keyword to the end of the command.
 * @param whole the ONBUILD around an instruction; the end of the command is known there
 */
export function argumentSpan(
  tree: SyntaxTree,
  instruction: Instruction,
  whole: Instruction = instruction,
): Span {
  const { end } = commandSpan(tree, whole);
  return { start: Math.min(instruction.keywordSpan.end, end), end };
}

/** Joins the lines of a span; comment lines and blank lines between them are left out. */
export function joinedText(text: string, escape: EscapeToken, { start, end }: Span): LogicalLine {
  const joined = new LogicalLine();
  let at = start;
  while (at < end) {
    const newline = text.indexOf('\n', at);
    const isLast = newline < 0 || newline >= end;
    const lineEnd = isLast ? end : newline;
    const line = text.slice(at, text[lineEnd - 1] === '\r' && lineEnd > at ? lineEnd - 1 : lineEnd);
    if (at === start || !/^\s*(#|$)/.test(line)) joined.append(withoutEscape(line, escape), at);
    at = lineEnd + 1;
  }
  return joined;
}

/** Takes off the escape character that joins a line to the next one. */
function withoutEscape(line: string, escape: EscapeToken): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
  return line[end - 1] === escape && line[end - 2] !== escape ? line.slice(0, end - 1) : line;
}

/** The offset before a line end that stands directly before `offset`. */
function trimLineEnd(text: string, offset: number): number {
  let end = offset;
  if (text[end - 1] === '\n') end--;
  if (text[end - 1] === '\r') end--;
  return end;
}

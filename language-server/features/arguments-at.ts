/** The words and the JSON array of an instruction, as far as they have been typed. */
import type { DockerfileView } from '../dockerfile-view';
import { argumentSpan, commandSpan, joinedText } from '../dockerfile/occurrences/joined-text';
import type { Instruction } from '../dockerfile/parser/syntax-tree';
import type { Span } from '../dockerfile/text/span';

/** An instruction, and the ONBUILD around it or the instruction itself. */
export type Subject = { readonly instruction: Instruction; readonly whole: Instruction };

/** What stands behind the keyword, its flags and the `--` that may end them. */
function restSpan(view: DockerfileView, { instruction, whole }: Subject): Span {
  const { start, end } = argumentSpan(view.tree, instruction, whole);
  const behindFlags = { start: Math.max(start, instruction.flags.at(-1)?.end ?? start), end };
  const line = joinedText(view.text, view.tree.escape, behindFlags);
  const [ending] = /^\s*--(?=\s)/.exec(line.text) ?? [];
  return ending === undefined ? behindFlags : { start: line.spanOf(0, ending.length).end, end };
}

/** Whether an offset of an instruction is in one of its heredocs. */
export function isInHeredoc(
  view: DockerfileView,
  instruction: Instruction,
  offset: number,
): boolean {
  return instruction.heredocs.length > 0 && offset > commandSpan(view.tree, instruction).end;
}

/** The words between blanks, whatever they mean. */
export function argumentWords(view: DockerfileView, subject: Subject): Span[] {
  const line = joinedText(view.text, view.tree.escape, restSpan(view, subject));
  return [...line.text.matchAll(/\S+/g)].map(({ index, 0: word }) =>
    line.spanOf(index, index + word.length),
  );
}

/** An array that may still be unfinished. */
export type TypedArray = {
  readonly open: Span | undefined;
  readonly strings: readonly Span[];
  readonly close: Span | undefined;
};

/** Reads `["a", "b"]` up to the first thing that does not belong into it. */
export function typedArray(view: DockerfileView, subject: Subject): TypedArray {
  const line = joinedText(view.text, view.tree.escape, restSpan(view, subject));
  const { text } = line;
  let at = text.length - text.trimStart().length;
  if (text[at] !== '[') return { open: undefined, strings: [], close: undefined };
  const open = line.spanOf(at, at + 1);
  const strings: Span[] = [];
  let expects: 'string' | 'comma' = 'string';
  for (at++; at < text.length; at++) {
    const unit = text[at] ?? '';
    if (unit === ']') return { open, strings, close: line.spanOf(at, at + 1) };
    if (unit === '"' && expects === 'string') {
      const match = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(at));
      if (match === null) break;
      strings.push(line.spanOf(at, at + match[0].length));
      at += match[0].length - 1;
      expects = 'comma';
    } else if (unit === ',' && expects === 'comma') expects = 'string';
    else if (unit !== ' ' && unit !== '\t') break;
  }
  return { open, strings, close: undefined };
}

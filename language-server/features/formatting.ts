/**
 * Formatting that keeps the author's layout and never changes what is built.
 *
 * What it does: takes blanks off the ends of lines and from before instructions and comments,
 * indents continuation lines that have no indentation, writes keywords in the wanted case, and, where
 * the client asks for it, ends the file with one line end. The text of a RUN is the shell's, blanks included, and so is part of
 * the step's digest; heredocs are files. An edit that would change what an instruction says to
 * BuildKit is left out: every one is tried on the instruction before it is offered.
 */
import type { FormattingOptions, Position, Range, TextEdit } from 'vscode-languageserver-types';
import { parse } from '../dockerfile';
import type { Instruction } from '../dockerfile/parser/syntax-tree';
import { touches, type Span } from '../dockerfile/text/span';
import type { DockerfileView } from '../dockerfile-view';
import { unfinishedDirectives } from './unfinished-directives';

/** What the settings say; LSP's own options come with each request. */
export type FormattingStyle = {
  readonly keywords: 'keep' | 'upper' | 'lower';
  /** Indent continuation lines that stand at the very left. */
  readonly indentContinuations: boolean;
};

export const keepingStyle: FormattingStyle = { keywords: 'keep', indentContinuations: true };

type Edit = Span & { readonly text: string };

export function formatDocument(
  view: DockerfileView,
  options: FormattingOptions,
  style: FormattingStyle,
): TextEdit[] {
  const edits = [
    ...view.tree.instructions.flatMap((instruction) =>
      instructionEdits(view, instruction, options, style),
    ),
    ...blankEdits(view),
    ...endEdits(view, options),
  ];
  return asTextEdits(view, edits);
}

/** Only what lies in the range, whole lines. */
export function formatRange(
  view: DockerfileView,
  range: Range,
  options: FormattingOptions,
  style: FormattingStyle,
): TextEdit[] {
  const start = view.lineStart(range.start.line);
  const end = view.lineEnd(Math.min(range.end.line, view.document.lineCount - 1));
  const instructions = view.tree.instructions.filter(
    ({ span }) => span.start <= end && span.end >= start,
  );
  const edits = [
    ...instructions.flatMap((instruction) => instructionEdits(view, instruction, options, style)),
    ...blankEdits(view),
  ];
  return asTextEdits(
    view,
    edits.filter((edit) => edit.start >= start && edit.end <= end),
  );
}

/** The indentation of the line behind a line that has just been continued or ended. */
export function formatOnType(
  view: DockerfileView,
  position: Position,
  typed: string,
  options: FormattingOptions,
  style: FormattingStyle,
): TextEdit[] {
  const { escape } = view.tree;
  if (!style.indentContinuations) return [];
  if (typed === '\n') return afterNewLine(view, position.line, options);
  const offset = view.offsetAt(position);
  const isLast = view.text.slice(offset, view.lineEnd(position.line)).trim() === '';
  if (typed !== escape || !isLast || isRemark(view, offset)) return [];
  const instruction = view.instructionAt(offset);
  if (instruction !== undefined && isInBody(instruction, offset)) return [];
  const next = position.line + 1;
  if (next >= view.document.lineCount) return [];
  const line = view.text.slice(view.lineStart(next), view.lineEnd(next));
  if (line.trim() === '' || /^\s/.test(line)) return [];
  const start = view.lineStart(next);
  return asTextEdits(view, [{ start, end: start, text: indentOf(options) }]);
}

/** Comments and directives end with their line, whatever it ends with. */
const isRemark = (view: DockerfileView, offset: number): boolean =>
  view.commentAt(offset) !== undefined ||
  view.tree.directives.some(({ span }) => touches(span, offset)) ||
  unfinishedDirectives(view.tree).some(({ span }) => touches(span, offset));

function afterNewLine(view: DockerfileView, line: number, options: FormattingOptions): TextEdit[] {
  if (line === 0) return [];
  const { start, end } = blankStart(view, line);
  const before = view.lineEnd(line - 1);
  const instruction = view.instructionAt(before);
  const previous = view.text.slice(view.lineStart(line - 1), before);
  if (instruction === undefined || isInBody(instruction, before)) return [];
  const continues = previous.trimEnd().endsWith(view.tree.escape);
  const isFirst = view.lineStart(line - 1) <= instruction.span.start;
  const own = /^\s*/.exec(previous)?.[0] ?? '';
  const wanted = !continues ? '' : isFirst ? indentOf(options) : own;
  // Behind an instruction only an indentation that the editor has made is taken away.
  if (!continues && view.text.slice(end, view.lineEnd(line)).trim() !== '') return [];
  return view.text.slice(start, end) === wanted
    ? []
    : asTextEdits(view, [{ start, end, text: wanted }]);
}

function instructionEdits(
  view: DockerfileView,
  instruction: Instruction,
  options: FormattingOptions,
  style: FormattingStyle,
): Edit[] {
  const edits = [
    ...keywordEdits(view, instruction, style),
    ...lineEdits(view, instruction, options, style),
  ];
  if (edits.length === 0 || keepsMeaning(view, instruction, edits)) return edits;
  return edits.filter((edit) => keepsMeaning(view, instruction, [edit]));
}

function keywordEdits(
  view: DockerfileView,
  { keywordSpan, name }: Instruction,
  { keywords }: FormattingStyle,
): Edit[] {
  if (keywords === 'keep' || name === undefined) return [];
  const written = view.text.slice(keywordSpan.start, keywordSpan.end);
  const wanted = keywords === 'upper' ? written.toUpperCase() : written.toLowerCase();
  return written === wanted ? [] : [{ ...keywordSpan, text: wanted }];
}

/** Blanks at both ends of the instruction's own lines. */
function lineEdits(
  view: DockerfileView,
  instruction: Instruction,
  options: FormattingOptions,
  { indentContinuations }: FormattingStyle,
): Edit[] {
  const edits: Edit[] = [];
  const first = view.lineAt(instruction.span.start);
  const last = view.lineAt(instruction.span.end);
  for (let line = first; line <= last; line++) {
    const start = view.lineStart(line);
    const end = view.lineEnd(line);
    if (isInBody(instruction, start)) continue;
    const text = view.text.slice(start, end);
    const content = text.trim();
    const indent = text.length - text.trimStart().length;
    if (line === first || content === '') {
      if (indent > 0) edits.push({ start, end: start + indent, text: '' });
    } else if (indent === 0 && indentContinuations) {
      edits.push({ start, end: start, text: indentOf(options) });
    }
    const trailing = start + text.trimEnd().length;
    if (trailing < end && content !== '') edits.push({ start: trailing, end, text: '' });
  }
  return edits;
}

/** Comments, directives and blank lines between instructions. */
function blankEdits(view: DockerfileView): Edit[] {
  const edits: Edit[] = [];
  const { instructions } = view.tree;
  let index = 0;
  for (let line = 0; line < view.document.lineCount; line++) {
    const start = view.lineStart(line);
    const end = view.lineEnd(line);
    while (index < instructions.length && (instructions[index]?.span.end ?? 0) < start) index++;
    const instruction = instructions[index];
    if (instruction !== undefined && instruction.span.start <= end) continue;
    const text = view.text.slice(start, end);
    const indent = text.length - text.trimStart().length;
    if (text.trim() === '') {
      if (text !== '') edits.push({ start, end, text: '' });
      continue;
    }
    if (indent > 0) edits.push({ start, end: start + indent, text: '' });
    const trailing = start + text.trimEnd().length;
    if (trailing < end) edits.push({ start: trailing, end, text: '' });
  }
  return edits;
}

/** One line end at the end of the file, as far as the client asks for it. */
function endEdits(view: DockerfileView, options: FormattingOptions): Edit[] {
  const { text } = view;
  const last = view.tree.instructions.at(-1);
  const open = last?.heredocs.at(-1);
  if (text.trim() === '' || (open !== undefined && open.terminator === undefined)) return [];
  const content = text.trimEnd().length;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const rest = text.slice(content);
  if (rest === lineEnd) return [];
  if (!rest.includes('\n')) {
    return options.insertFinalNewline === true
      ? [{ start: text.length, end: text.length, text: lineEnd }]
      : [];
  }
  if (options.trimFinalNewlines !== true) return [];
  const start = content + rest.indexOf('\n') + 1;
  return start < text.length ? [{ start, end: text.length, text: '' }] : [];
}

/** Whether BuildKit reads the same instruction after the edits. */
function keepsMeaning(
  view: DockerfileView,
  instruction: Instruction,
  edits: readonly Edit[],
): boolean {
  const { text, escape } = view.tree;
  const end = Math.max(instruction.span.end, ...edits.map((edit) => edit.end));
  const start = Math.min(instruction.span.start, ...edits.map((edit) => edit.start));
  let edited = '';
  let at = start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    edited += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  edited += text.slice(at, end);
  const head = escape === '`' ? '# escape=`\n' : '';
  const [before] = parse(`${head}${text.slice(start, end)}\n`).instructions;
  const { instructions, problems } = parse(`${head}${edited}\n`);
  const [after] = instructions;
  if (before === undefined || after === undefined || instructions.length !== 1) return false;
  return meaning(before) === meaning(after) && problems.length <= (before.problem ? 1 : 0);
}

function meaning(instruction: Instruction): string {
  const { name, flags, args, json, heredocs, trigger } = instruction;
  return JSON.stringify([
    name,
    flags.map((flag) => flag.text),
    // The image keeps the text of a trigger as it is.
    name === 'onbuild' ? instruction.original.trim().slice(instruction.keyword.length) : args,
    json,
    heredocs.map(({ content, name: end, chomp, expand }) => [content, end, chomp, expand]),
    trigger === undefined ? '' : meaning(trigger),
  ]);
}

function isInBody({ heredocs }: Instruction, offset: number): boolean {
  return heredocs.some(
    ({ body, terminator }) => body.start <= offset && offset <= (terminator ?? body).end,
  );
}

function blankStart(view: DockerfileView, line: number): Span {
  const start = view.lineStart(line);
  const text = view.text.slice(start, view.lineEnd(line));
  return { start, end: start + (text.length - text.trimStart().length) };
}

function indentOf({ insertSpaces, tabSize }: FormattingOptions): string {
  return insertSpaces ? ' '.repeat(tabSize) : '\t';
}

/** Sorted, and without those that overlap an earlier one. */
function asTextEdits(view: DockerfileView, edits: readonly Edit[]): TextEdit[] {
  const kept: TextEdit[] = [];
  let end = -1;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < end) continue;
    kept.push({ range: view.range(edit), newText: edit.text });
    end = Math.max(end, edit.end);
  }
  return kept;
}

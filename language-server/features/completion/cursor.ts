/** What is being typed at a position: where the word starts and what stands before it. */
import type { Range } from 'vscode-languageserver-types';
import type { DockerfileView } from '../../dockerfile-view';
import type { Instruction, InstructionName } from '../../dockerfile/parser/syntax-tree';
import { isInHeredoc } from '../arguments-at';

export type Cursor = {
  readonly view: DockerfileView;
  readonly offset: number;
  /** The text from the start of the word to the cursor. */
  readonly word: string;
  readonly wordStart: number;
};

/** Inside the arguments of an instruction. */
export type ArgumentCursor = Cursor & {
  /** The trigger's inside ONBUILD. */
  readonly instruction: Instruction;
  readonly name: InstructionName;
  /** The words before this one, flags left out. */
  readonly before: readonly string[];
  /** Only flags stand before this word. */
  readonly inFlags: boolean;
};

export type Place =
  | ({ readonly kind: 'directive' } & Cursor)
  | ({
      readonly kind: 'keyword';
      readonly isTrigger: boolean;
      /** What stands of the keyword on the lines before, where it is continued. */
      readonly head: string;
    } & Cursor)
  | ({ readonly kind: 'argument' } & ArgumentCursor)
  | ({ readonly kind: 'heredoc' } & ArgumentCursor)
  | { readonly kind: 'nothing' };

export function placeAt(view: DockerfileView, offset: number): Place {
  const line = view.lineAt(offset);
  const start = view.lineStart(line);
  const beforeCursor = view.text.slice(start, offset);
  const instruction = view.instructionAt(offset);
  if (/^\s*#/.test(beforeCursor)) {
    const isTop = view.tree.instructions.every(({ span }) => span.start > offset);
    if (!isTop && !isAboveInstruction(view, offset, beforeCursor)) return { kind: 'nothing' };
    const word = /[^=;,\s#]*$/.exec(beforeCursor)?.[0] ?? '';
    return { kind: 'directive', view, offset, word, wordStart: offset - word.length };
  }
  // A continuation alone on its line is an instruction whose keyword is still to come.
  const isKeyword =
    instruction === undefined ||
    instruction.keyword === '' ||
    offset <= instruction.keywordSpan.end ||
    isContinued(view, instruction.keywordSpan.end, offset);
  if (isKeyword) {
    const word = /\S*$/.exec(beforeCursor)?.[0] ?? '';
    if (beforeCursor.trim() !== word) return { kind: 'nothing' };
    return {
      kind: 'keyword',
      isTrigger: false,
      head: headOf(view, start),
      view,
      offset,
      word,
      wordStart: offset - word.length,
    };
  }
  const { trigger } = instruction;
  const subject = trigger !== undefined && offset > trigger.keywordSpan.end ? trigger : instruction;
  const text = view.text.slice(subject.keywordSpan.end, offset);
  const word = /[^\s]*$/.exec(text)?.[0] ?? '';
  const cursor: Cursor = { view, offset, word, wordStart: offset - word.length };
  if (subject.name === 'onbuild') return { kind: 'keyword', isTrigger: true, head: '', ...cursor };
  if (subject.name === undefined) return { kind: 'nothing' };
  const words = text
    .slice(0, text.length - word.length)
    .split(/\s+/)
    .filter((each) => each !== '' && each !== view.tree.escape);
  const before = words.filter((each) => !each.startsWith('--'));
  return {
    kind: isInHeredoc(view, instruction, offset) ? 'heredoc' : 'argument',
    ...cursor,
    instruction: subject,
    name: subject.name,
    before,
    inFlags: before.length === 0,
  };
}

/** What counts in a comment above an instruction: `# check=`, and hadolint's `ignore=`. */
function isAboveInstruction(view: DockerfileView, offset: number, line: string): boolean {
  if (view.commentAt(offset) === undefined) return false;
  const [, word] = /^\s*#\s*([a-z]+)$/.exec(line) ?? [];
  return (
    (word !== undefined && 'check'.startsWith(word)) ||
    /^\s*#\s*(?:check\s*=|hadolint\s.*ignore\s*=)/.test(line)
  );
}

/** Whether nothing but a continuation stands between the end of a keyword and the cursor. */
function isContinued({ text, tree }: DockerfileView, end: number, offset: number): boolean {
  const between = text.slice(end, offset);
  return between.startsWith(tree.escape) && /^.[ \t]*\r?\n$/.test(between);
}

/** What the lines before one hold of a keyword that goes on there. */
function headOf(view: DockerfileView, start: number): string {
  const { escape } = view.tree;
  let head = '';
  for (let end = start - 1; end > 0;) {
    const from = view.text.lastIndexOf('\n', end - 1) + 1;
    const line = view.text.slice(from, end).trimEnd();
    if (!line.endsWith(escape)) break;
    head = line.slice(0, -1) + head;
    end = from - 1;
  }
  // A blank ends the keyword, also one before the line's end; those before it do not count.
  return /^\s*(\S*)$/.exec(head)?.[1] ?? '';
}

/** From a part of the word to the cursor. */
export function rangeBefore({ view, offset }: Cursor, length: number): Range {
  return view.range({ start: offset - length, end: offset });
}

/** The parts of an instruction that are tokens of their own kind, wherever its lines break. */
import type { InstructionName } from '../grammar/instructions';
import { equalFold } from '../text/go';
import type { Span } from '../text/span';
import type { InstructionContent } from './chunk';
import { tryHeredoc } from './heredoc';
import type { Heredoc, Word } from './syntax-tree';
import type { TokenKind } from './token-kind';

/** `pair` is split at its first `=`. Offsets count from the instruction's start. */
export type Mark = Span & { readonly kind: TokenKind | 'pair' };

/** The marks of an instruction in the order of its text; none overlap. */
export function instructionMarks(instruction: InstructionContent, text: string): readonly Mark[] {
  const marks = [...ownMarks(instruction, text)].sort((a, b) => a.start - b.start);
  let end = 0;
  return marks.filter((mark) => {
    if (mark.start < end || mark.end <= mark.start) return false;
    end = mark.end;
    return true;
  });
}

function* ownMarks(instruction: InstructionContent, text: string): Iterable<Mark> {
  yield mark(instruction.keywordSpan, 'keyword');
  for (const { nameSpan, valueSpan } of instruction.flags) {
    yield mark(nameSpan, 'flag-name');
    if (valueSpan === undefined) continue;
    yield { start: nameSpan.end, end: valueSpan.start, kind: 'flag-equals' };
    yield mark(valueSpan, 'flag-value');
  }
  const { trigger } = instruction;
  if (trigger === undefined) yield* argumentMarks(instruction, text);
  else yield* ownMarks(trigger, text);
}

function* argumentMarks(instruction: InstructionContent, text: string): Iterable<Mark> {
  const { name, words, json } = instruction;
  if (json) {
    for (const [index, word] of words.entries()) {
      const isWord = name === 'healthcheck' && index === 0;
      yield mark(word, isWord ? 'argument-keyword' : 'json-string');
    }
  } else if (name === 'run') {
    for (const word of words) yield* shellMarks(word, instruction.heredocs, text);
  } else {
    const kindOf = name === undefined ? undefined : wordKinds[name];
    for (const [index, word] of words.entries()) {
      yield mark(word, kindOf?.(word, index, instruction) ?? 'argument');
    }
  }
}

type WordKind = (
  word: Word,
  index: number,
  instruction: InstructionContent,
) => Mark['kind'] | undefined;

const heredocOrArgument: WordKind = ({ text }) =>
  tryHeredoc(text) === undefined ? undefined : 'heredoc-mark';

const pair: WordKind = (_word, index, { args }) =>
  // The old form is one key and one value.
  args[2] === '' ? (index === 0 ? 'pair-key' : 'pair-value') : 'pair';

const wordKinds: Readonly<Partial<Record<InstructionName, WordKind>>> = {
  add: heredocOrArgument,
  copy: heredocOrArgument,
  env: pair,
  label: pair,
  arg: () => 'pair',
  from: ({ text }, index) =>
    index === 1 && equalFold(text, 'as') ? 'argument-keyword' : undefined,
  healthcheck: (_word, index) => (index === 0 ? 'argument-keyword' : undefined),
};

/** A command in shell form, its heredoc words taken out. */
function* shellMarks(command: Span, heredocs: readonly Heredoc[], text: string): Iterable<Mark> {
  let at = command.start;
  for (const heredoc of heredocs) {
    const found = heredocWord(text, at, command.end, heredoc);
    if (found === undefined) continue;
    yield { start: at, end: found.start, kind: 'argument' };
    yield mark(found, 'heredoc-mark');
    at = found.end;
  }
  yield { start: at, end: command.end, kind: 'argument' };
}

/** Where a command names a heredoc: `3<<-"EOF"`. */
function heredocWord(
  text: string,
  from: number,
  to: number,
  { name, chomp }: Heredoc,
): Span | undefined {
  for (let at = text.indexOf('<<', from); at >= 0 && at < to; at = text.indexOf('<<', at + 1)) {
    const match = /^<<(-?)[\t ]*([^\s<]*)/.exec(text.slice(at, to));
    if (match === null) return undefined;
    const [written, dash = '', delimiter = ''] = match;
    if (delimiter.replace(/["'\\]/g, '') !== name || (dash === '-') !== chomp) continue;
    let start = at;
    while (start > from && /\d/.test(text[start - 1] ?? '')) start--;
    return { start, end: at + written.length };
  }
  return undefined;
}

function mark({ start, end }: Span, kind: Mark['kind']): Mark {
  return { start, end, kind };
}

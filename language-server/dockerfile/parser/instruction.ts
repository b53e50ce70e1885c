/** One logical line → one instruction: keyword, flags, arguments. */
import { cut, isBlank, skipSpace, toLower, toUpper, trimmedEnd, trimSpace } from '../text/go';
import type { Span } from '../text/span';
import type { InstructionContent } from './chunk';
import { argumentParsers, type ArgumentParser, type Piece } from './arguments';
import { splitFlags, type RawFlag } from './flags';
import type { LogicalLine } from './logical-line';
import { instructionNames, instructionSpecs, type InstructionName } from '../grammar/instructions';
import type { EscapeToken, Flag, Heredoc, Word } from './syntax-tree';

const names = new Map<string, InstructionName>(instructionNames.map((name) => [name, name]));

/**
 * An instruction while it is being read. Every one has the same fields in the same order, which
 * keeps engines fast on files of thousands of lines.
 */
export class InstructionDraft implements InstructionContent {
  name: InstructionName | undefined;
  flags: readonly Flag[] = [];
  args: readonly string[] = [];
  words: readonly Word[] = [];
  json = false;
  heredocs: readonly Heredoc[] = [];
  comments: readonly string[] = [];
  trigger: InstructionDraft | undefined;
  lastLine = 0;
  /** BuildKit's message when the arguments cannot be split. */
  message: string | undefined;

  constructor(
    public keyword: string,
    public keywordSpan: Span,
    public original: string,
    public span: Span,
  ) {
    this.name = names.get(toLower(keyword));
  }
}

/**
 * Parses a logical line.
 * @param from where the instruction starts in the line: past `ONBUILD` for a trigger.
 */
export function parseLine(line: LogicalLine, escape: EscapeToken, from = 0): InstructionDraft {
  const original = line.text.slice(from);
  const start = skipSpace(original);
  const end = Math.max(start, trimmedEnd(original));
  let keywordEnd = start;
  while (keywordEnd < end && !isBlank(original.charCodeAt(keywordEnd))) keywordEnd++;
  let argumentStart = keywordEnd;
  while (argumentStart < end && isBlank(original.charCodeAt(argumentStart))) argumentStart++;

  const split = splitFlags(original.slice(argumentStart, end), escape);
  const rest = trimSpace(split.rest);
  const restStart = from + argumentStart + split.restStart + skipSpace(split.rest);
  const node = new InstructionDraft(
    original.slice(start, keywordEnd),
    line.spanOf(from + start, from + keywordEnd),
    original,
    line.spanOf(from + start, from + end),
  );
  node.flags = split.flags.map((flag) => placeFlag(flag, line, from + argumentStart));
  if (node.name === undefined) {
    // The rest of an unknown instruction is not read; BuildKit's tree has one empty argument.
    node.args = [''];
    return node;
  }
  const { split: way } = instructionSpecs[node.name];
  if (way !== 'instruction') {
    readArguments(node, argumentParsers[way], line, escape, restStart, rest);
  } else if (rest !== '') readTrigger(node, line, escape, restStart, rest);
  return node;
}

function readArguments(
  node: InstructionDraft,
  parser: ArgumentParser,
  line: LogicalLine,
  escape: EscapeToken,
  start: number,
  rest: string,
): void {
  try {
    const { args, words, json } = parser(rest, escape, toUpper(node.name ?? ''));
    node.args = args;
    node.json = json;
    node.words = words.map((word) => placeWord(word, line, start));
  } catch (error) {
    node.message = error instanceof Error ? error.message : String(error);
    node.words = [placeWord({ text: rest, start: 0, end: rest.length }, line, start)];
  }
}

function placeWord(word: Piece, line: LogicalLine, start: number): Word {
  const { start: first, end } = line.spanOf(start + word.start, start + word.end);
  return { text: word.text, start: first, end };
}

/** The trigger sees the trimmed text only. */
function readTrigger(
  node: InstructionDraft,
  line: LogicalLine,
  escape: EscapeToken,
  start: number,
  rest: string,
): void {
  const trigger = parseLine(line, escape, start);
  trigger.original = rest;
  node.trigger = trigger;
  node.args = [trigger.keyword, ...trigger.args];
  node.words = trigger.words;
  node.message = trigger.message;
}

function placeFlag(flag: RawFlag, line: LogicalLine, base: number): Flag {
  const [head, value, valued] = cut(flag.text, '=');
  const start = base + flag.start;
  const end = base + flag.end;
  const equals = line.text.slice(start, end).indexOf('=');
  const nameEnd = valued && equals >= 0 ? start + equals : end;
  const span = line.spanOf(start, end);
  return {
    text: flag.text,
    start: span.start,
    end: span.end,
    name: head.replace(/^--/, ''),
    value: valued ? value : undefined,
    nameSpan: line.spanOf(start, nameEnd),
    valueSpan: valued ? line.spanOf(Math.min(nameEnd + 1, end), end) : undefined,
  };
}

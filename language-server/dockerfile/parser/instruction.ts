/** One logical line → one instruction: keyword, flags, arguments. */
import { cut, isBlank, skipSpace, toLower, trimmedEnd, trimSpace } from '../text/go';
import type { Lines, Span } from '../text/span';
import { argumentParsers, type Arguments } from './arguments';
import { splitFlags, type RawFlag } from './flags';
import type { LogicalLine } from './logical-line';
import {
  instructionNames,
  type EscapeToken,
  type Flag,
  type Instruction,
  type InstructionName,
} from './syntax-tree';

const names = new Map<string, InstructionName>(instructionNames.map((name) => [name, name]));

/** Everything about an instruction but its place in lines and what the lines around it add. */
export type ParsedLine = Omit<
  Instruction,
  'lines' | 'heredocs' | 'comments' | 'span' | 'problem'
> & {
  /** BuildKit's message when the arguments cannot be split. */
  readonly message?: string;
};

/**
 * Parses a logical line.
 * @param from where the instruction starts in the line: past `ONBUILD` for a trigger.
 */
export function parseLine(line: LogicalLine, escape: EscapeToken, from = 0): ParsedLine {
  const original = line.text.slice(from);
  const start = skipSpace(original);
  const end = Math.max(start, trimmedEnd(original));
  let keywordEnd = start;
  while (keywordEnd < end && !isBlank(original.charCodeAt(keywordEnd))) keywordEnd++;
  const keyword = original.slice(start, keywordEnd);
  const name = names.get(toLower(keyword));
  let argumentStart = keywordEnd;
  while (argumentStart < end && isBlank(original.charCodeAt(argumentStart))) argumentStart++;

  const split = splitFlags(original.slice(argumentStart, end), escape);
  const rest = trimSpace(split.rest);
  const restStart = from + argumentStart + split.restStart + skipSpace(split.rest);
  const place = (offset: number, length: number): Span => line.spanOf(offset, offset + length);
  const common = {
    keyword,
    ...(name !== undefined && { name }),
    keywordSpan: place(from + start, keyword.length),
    original,
    flags: split.flags.map((flag) => placeFlag(flag, line, from + argumentStart)),
  };

  if (name === 'onbuild') {
    if (rest === '') return { ...common, args: [], words: [], json: false };
    return withTrigger(common, parseTrigger(line, escape, restStart, rest));
  }
  if (name === undefined) {
    // The rest of an unknown instruction is not read; BuildKit's tree has one empty argument.
    return { ...common, args: [''], words: [], json: false };
  }
  let parsed: Arguments;
  let message: string | undefined;
  try {
    parsed = argumentParsers[name](rest, escape);
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
    parsed = { args: [], words: [{ text: rest, start: 0, end: rest.length }], json: false };
  }
  return {
    ...common,
    args: parsed.args,
    json: parsed.json,
    words: parsed.words.map((word) => ({
      text: word.text,
      ...line.spanOf(restStart + word.start, restStart + word.end),
    })),
    ...(message !== undefined && { message }),
  };
}

type Common = Pick<ParsedLine, 'keyword' | 'name' | 'keywordSpan' | 'original' | 'flags'>;

function withTrigger(common: Common, trigger: ParsedLine): ParsedLine {
  const { message, ...instruction } = trigger;
  const { keywordSpan, words } = trigger;
  const end = words.at(-1)?.end ?? keywordSpan.end;
  const lines: Lines = { first: 0, last: 0 };
  return {
    ...common,
    args: [trigger.keyword, ...trigger.args],
    words,
    json: false,
    trigger: {
      ...instruction,
      lines,
      heredocs: [],
      comments: [],
      span: { start: keywordSpan.start, end },
    },
    ...(message !== undefined && { message }),
  };
}

/** The trigger sees the trimmed text only, so what BuildKit's child sees ends where `rest` ends. */
function parseTrigger(
  line: LogicalLine,
  escape: EscapeToken,
  start: number,
  rest: string,
): ParsedLine {
  const parsed = parseLine(line, escape, start);
  return { ...parsed, original: rest };
}

function placeFlag(flag: RawFlag, line: LogicalLine, base: number): Flag {
  const [head, value, valued] = cut(flag.text, '=');
  const start = base + flag.start;
  const end = base + flag.end;
  const written = line.text.slice(start, end);
  const equals = written.indexOf('=');
  const nameEnd = valued && equals >= 0 ? start + equals : end;
  return {
    text: flag.text,
    name: head.replace(/^--/, ''),
    ...(valued && { value, valueSpan: line.spanOf(Math.min(nameEnd + 1, end), end) }),
    ...line.spanOf(start, end),
    nameSpan: line.spanOf(start, nameEnd),
  };
}

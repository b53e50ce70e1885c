/** An instruction in its place: the content of a chunk, seen from the start of the file. */
import type { InstructionName } from '../grammar/instructions';
import type { Lines, Span } from '../text/span';
import type { InstructionContent } from './chunk';
import type { Flag, Heredoc, Instruction, SyntaxProblem, Word } from './syntax-tree';

/**
 * A thin view that moves with every edit above it, so it is cheap to make: what has a place is
 * worked out when it is asked for.
 */
export class PlacedInstruction implements Instruction {
  #flags: readonly Flag[] | undefined;
  #words: readonly Word[] | undefined;
  #heredocs: readonly Heredoc[] | undefined;
  #lines: Lines | undefined;
  #problem: SyntaxProblem | undefined;
  #trigger: PlacedInstruction | undefined;

  /**
   * @param offset where it starts in the text
   * @param line its first line, from 1
   * @param comments the block above it
   */
  constructor(
    readonly content: InstructionContent,
    private readonly offset: number,
    private readonly line: number,
    readonly comments: readonly string[],
  ) {}

  get keyword(): string {
    return this.content.keyword;
  }

  get name(): InstructionName | undefined {
    return this.content.name;
  }

  get original(): string {
    return this.content.original;
  }

  get args(): readonly string[] {
    return this.content.args;
  }

  get json(): boolean {
    return this.content.json;
  }

  get keywordSpan(): Span {
    return moved(this.content.keywordSpan, this.offset);
  }

  get span(): Span {
    return moved(this.content.span, this.offset);
  }

  get lines(): Lines {
    return (this.#lines ??= { first: this.line, last: this.line + this.content.lastLine });
  }

  get words(): readonly Word[] {
    return (this.#words ??= this.content.words.map((word) => movedWord(word, this.offset)));
  }

  get flags(): readonly Flag[] {
    return (this.#flags ??= this.content.flags.map((flag) => movedFlag(flag, this.offset)));
  }

  get heredocs(): readonly Heredoc[] {
    return (this.#heredocs ??= this.content.heredocs.map((heredoc) => ({
      ...heredoc,
      body: moved(heredoc.body, this.offset),
      ...(heredoc.terminator && { terminator: moved(heredoc.terminator, this.offset) }),
    })));
  }

  get trigger(): Instruction | undefined {
    const { trigger } = this.content;
    if (trigger === undefined) return undefined;
    return (this.#trigger ??= new PlacedInstruction(
      trigger,
      this.offset,
      this.line,
      trigger.comments,
    ));
  }

  get problem(): SyntaxProblem | undefined {
    const { message } = this.content;
    if (message === undefined) return undefined;
    return (this.#problem ??= { message, lines: this.lines, span: this.span });
  }
}

/** An instruction that is not in the file, as if it and all its parts stood at one place in it. */
export function standingAt(node: Instruction, lines: Lines, span: Span): Instruction {
  const { content, keyword, name, original, args, json, comments, heredocs, trigger } = node;
  const flags = node.flags.map((flag) => ({ ...flag, ...span, nameSpan: span, valueSpan: span }));
  return {
    content,
    keyword,
    name,
    original,
    args,
    json,
    comments,
    heredocs,
    trigger,
    flags,
    words: [],
    keywordSpan: span,
    span,
    lines,
  };
}

export function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

function movedWord({ text, start, end }: Word, by: number): Word {
  return { text, start: start + by, end: end + by };
}

function movedFlag(flag: Flag, by: number): Flag {
  return {
    text: flag.text,
    start: flag.start + by,
    end: flag.end + by,
    name: flag.name,
    value: flag.value,
    nameSpan: moved(flag.nameSpan, by),
    valueSpan: flag.valueSpan && moved(flag.valueSpan, by),
  };
}

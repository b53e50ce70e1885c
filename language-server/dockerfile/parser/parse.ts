/**
 * Text → syntax tree, line by line as BuildKit's parser goes.
 *
 * It never throws and never stops early: what BuildKit would reject is noted among the problems,
 * and parsing goes on with the next line.
 */
import { instructionSpec } from '../grammar/instructions';
import { fromBytes, fromByteString, toByteString } from '../text/bytes';
import { skipSpace, trimSpace } from '../text/go';
import type { Span } from '../text/span';
import { DirectiveReader } from './directives';
import { heredocsOf, type HeredocWord } from './heredoc';
import { parseLine, type InstructionNode } from './instruction';
import { LineReader, lineTooLong, type PhysicalLine } from './line-reader';
import { LogicalLine } from './logical-line';
import type {
  Comment,
  Directive,
  EmptyContinuation,
  EscapeToken,
  Heredoc,
  Instruction,
  SyntaxProblem,
  SyntaxTree,
} from './syntax-tree';

/** Parses a Dockerfile. Bytes that are not UTF-8 are kept, see `text/bytes.ts`. */
export function parse(source: string | Uint8Array): SyntaxTree {
  return new Parser(typeof source === 'string' ? source : fromBytes(source)).parse();
}

class Parser {
  readonly #text: string;
  readonly #reader: LineReader;
  readonly #directiveReader = new DirectiveReader();
  readonly #directives: Directive[] = [];
  readonly #comments: Comment[] = [];
  readonly #instructions: Instruction[] = [];
  readonly #emptyContinuations: EmptyContinuation[] = [];
  readonly #problems: SyntaxProblem[] = [];
  /** The comment block above the next instruction. */
  #block: string[] = [];
  #escape: EscapeToken = '\\';
  /** Lines read so far. */
  #line = 0;

  constructor(text: string) {
    this.#text = text;
    this.#reader = new LineReader(text);
  }

  parse(): SyntaxTree {
    for (let line = this.#reader.read(); line !== undefined; line = this.#reader.read()) {
      this.#readFirstLine(line);
    }
    this.#readEnd();
    return {
      text: this.#text,
      escape: this.#escape,
      directives: this.#directives,
      comments: this.#comments,
      instructions: this.#instructions,
      emptyContinuations: this.#emptyContinuations,
      problems: this.#problems,
      lineCount: this.#line,
    };
  }

  #readEnd(): void {
    const end = this.#text.length;
    if (this.#instructions.length === 0) {
      this.#problem('file with no instructions', this.#line, 0, { start: 0, end });
    } else if (this.#reader.tooLong) {
      this.#problem(lineTooLong, this.#line, 0, { start: end, end });
    }
  }

  /** A line that may start an instruction. */
  #readFirstLine(physical: PhysicalLine): void {
    let { content, start } = physical;
    if (this.#line === 0 && content.startsWith('\ufeff')) {
      content = content.slice(1);
      start += 1;
    }
    const indent = skipSpace(content);
    const stripped = content.slice(indent);
    const isComment = stripped.startsWith('#');
    const isDirective = this.#readDirective(stripped, start + indent);
    if (isComment) {
      if (!isDirective) this.#readComment(stripped, content, start + indent, this.#line + 1);
      this.#line++;
      return;
    }
    this.#line++;
    const joint = this.#continuation(stripped);
    if (!joint.continues && stripped === '') return;
    const logical = new LogicalLine();
    logical.append(joint.content, start + indent);
    this.#readInstruction(logical, joint.continues, start + indent, start + content.length);
  }

  #readDirective(line: string, at: number): boolean {
    try {
      const found = this.#directiveReader.read(line);
      if (found === undefined) return false;
      if (found.name === 'escape') this.#setEscape(found.value);
      const valueStart = at + found.valueStart;
      const valueEnd = valueStart + found.value.length;
      this.#directives.push({
        name: found.name,
        value: found.value,
        line: found.line,
        span: { start: at, end: at + line.length },
        nameSpan: { start: at + found.nameStart, end: at + found.nameEnd },
        valueSpan: { start: valueStart, end: valueEnd },
      });
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // BuildKit has not counted this line yet, so the first line is line 0.
      this.#problem(message, this.#line, 0, { start: at, end: at + line.length });
      return true;
    }
  }

  #setEscape(value: string): void {
    if (value !== '`' && value !== '\\') {
      throw new Error(`invalid escape token '${value}' does not match \` or \\`);
    }
    this.#escape = value;
  }

  #readComment(stripped: string, content: string, at: number, line: number): void {
    // BuildKit takes off the first byte of the line, be it the `#` or a part of white space before it.
    const text = trimSpace(fromByteString(toByteString(content).slice(1)));
    if (text === '') this.#block = [];
    else this.#block.push(text);
    this.#comments.push({ start: at, end: at + stripped.length, line, text });
  }

  #continuation(content: string): { content: string; continues: boolean } {
    let end = content.length;
    while (end > 0 && (content[end - 1] === ' ' || content[end - 1] === '\t')) end--;
    const continues =
      content[end - 1] === this.#escape && (end === 1 || content[end - 2] !== this.#escape);
    return continues ? { content: content.slice(0, end - 1), continues } : { content, continues };
  }

  #readInstruction(logical: LogicalLine, continues: boolean, start: number, end: number): void {
    const first = this.#line;
    const blanks: Span[] = [];
    while (continues) {
      const physical = this.#reader.read();
      if (physical === undefined) break;
      this.#line++;
      const { content } = physical;
      const indent = skipSpace(content);
      if (content[indent] === '#') {
        this.#comments.push({
          start: physical.start + indent,
          end: physical.start + content.length,
          line: this.#line,
          text: trimSpace(content.slice(indent + 1)),
        });
        continue;
      }
      if (indent === content.length) {
        blanks.push({ start: physical.start, end: physical.start + content.length });
        continue;
      }
      const joint = this.#continuation(content);
      logical.append(joint.content, physical.start);
      continues = joint.continues;
      end = physical.start + content.length;
    }
    if (blanks.length > 0) this.#emptyContinuations.push({ line: this.#line, blanks });
    this.#addInstruction(parseLine(logical, this.#escape), first, { start, end });
  }

  #addInstruction(node: InstructionNode, first: number, span: Span): void {
    let problem = node.message;
    if (problem === undefined && canHaveHeredocs(node)) {
      try {
        problem = this.#readHeredocs(node);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
    }
    const last = node.heredocs.at(-1);
    node.span = { start: span.start, end: last?.terminator?.end ?? last?.body.end ?? span.end };
    node.lines = { first, last: this.#line };
    node.comments = this.#block;
    if (node.trigger !== undefined) {
      node.trigger.lines = node.lines;
      node.trigger.heredocs = node.heredocs;
    }
    if (problem !== undefined) node.problem = this.#problem(problem, first, this.#line, node.span);
    this.#instructions.push(node);
    this.#block = [];
  }

  /** Reads the bodies that an instruction announces; gives BuildKit's message when one is open. */
  #readHeredocs(node: InstructionNode): string | undefined {
    const heredocs: Heredoc[] = [];
    node.heredocs = heredocs;
    for (const word of heredocsOf(node.original)) {
      const heredoc = this.#readHeredoc(word);
      heredocs.push(heredoc);
      if (heredoc.terminator === undefined) return 'unterminated heredoc';
    }
    return undefined;
  }

  #readHeredoc(word: HeredocWord): Heredoc {
    let bodyStart: number | undefined;
    let bodyEnd = this.#text.length;
    for (let line = this.#reader.read(); line !== undefined; line = this.#reader.read()) {
      this.#line++;
      bodyStart ??= line.start;
      bodyEnd = line.end;
      const candidate = word.chomp ? line.content.replace(/^\t+/, '') : line.content;
      if (candidate === word.name) {
        const body = { start: bodyStart, end: line.start };
        const terminator = {
          start: line.start + line.content.length - candidate.length,
          end: line.start + line.content.length,
        };
        return { ...word, content: this.#text.slice(body.start, body.end), body, terminator };
      }
    }
    const body = { start: bodyStart ?? bodyEnd, end: bodyEnd };
    return { ...word, content: this.#text.slice(body.start, body.end), body };
  }

  #problem(message: string, first: number, last: number, span: Span): SyntaxProblem {
    const problem = { message, lines: { first, last: Math.max(first, last) }, span };
    this.#problems.push(problem);
    return problem;
  }
}

function canHaveHeredocs(node: InstructionNode): boolean {
  const { name, json } = node.trigger ?? node;
  if (name === undefined || json || !node.original.includes('<<')) return false;
  return instructionSpec(name).heredocs === true;
}

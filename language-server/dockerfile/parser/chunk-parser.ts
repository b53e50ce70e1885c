/**
 * Text → chunk, line by line as BuildKit's parser goes.
 *
 * It never throws: what BuildKit would reject is noted, and the next chunk is parsed all the same.
 */
import { instructionSpec } from '../grammar/instructions';
import { fromByteString, toByteString } from '../text/bytes';
import { skipSpace, trimSpace } from '../text/go';
import { ownText } from '../text/own-text';
import type { Span } from '../text/span';
import { bearingOn, type Chunk } from './chunk';
import { continuationAt } from './continuation';
import { DirectiveReader } from './directives';
import { heredocsOf, type HeredocWord } from './heredoc';
import { parseLine, type InstructionDraft } from './instruction';
import { LineReader, type PhysicalLine } from './line-reader';
import { LogicalLine } from './logical-line';
import type { Comment, Directive, EmptyContinuation, EscapeToken, Heredoc } from './syntax-tree';

/**
 * Parses the chunk that starts at an offset; `escape` is the file's so far.
 * @param owned what the chunk says is to outlive the text
 */
export function parseChunk(
  text: string,
  start: number,
  escape: EscapeToken,
  owned: boolean,
): { readonly chunk: Chunk; readonly escape: EscapeToken } {
  const parser = new ChunkParser(text, start, escape, owned);
  return { chunk: parser.parse(), escape: parser.escape };
}

class ChunkParser {
  readonly #reader: LineReader;
  /** Directives stand at the top of a file only. */
  readonly #directiveReader: DirectiveReader | undefined;
  readonly #directives: Directive[] = [];
  readonly #comments: Comment[] = [];
  readonly #problems: { message: string; line: number; span: Span }[] = [];
  #emptyContinuation: EmptyContinuation | undefined;
  #instruction: InstructionDraft | undefined;
  /** Where the instruction begins. */
  #offset = 0;
  #firstLine = 0;
  /** The comment block above the instruction. */
  #block: string[] = [];
  /** Lines read so far. */
  #line = 0;
  /** The text ended where something could have followed. */
  #open = false;

  constructor(
    private readonly text: string,
    private readonly start: number,
    public escape: EscapeToken,
    private readonly owned: boolean,
  ) {
    this.#reader = new LineReader(text, start, owned);
    this.#directiveReader = start === 0 ? new DirectiveReader() : undefined;
  }

  parse(): Chunk {
    while (this.#instruction === undefined) {
      const line = this.#read();
      if (line === undefined) break;
      this.#readFirstLine(line);
    }
    const { tooLong } = this.#reader;
    return {
      length: (tooLong ? this.text.length : this.#reader.next) - this.start,
      lineCount: this.#line,
      instruction: this.#instruction,
      offset: this.#offset,
      line: this.#firstLine,
      above: this.#block,
      comments: this.#comments,
      directives: this.#directives,
      problems: this.#problems,
      emptyContinuation: this.#emptyContinuation,
      open: this.#open,
      tooLong,
    };
  }

  #read(): PhysicalLine | undefined {
    const line = this.#reader.read();
    if (line === undefined || this.text.charCodeAt(line.end - 1) !== 0x0a) this.#open = true;
    return line;
  }

  /** A line that may start an instruction. */
  #readFirstLine(physical: PhysicalLine): void {
    let { content } = physical;
    let start = physical.start - this.start;
    if (physical.start === 0 && content.startsWith('\ufeff')) {
      content = content.slice(1);
      start += 1;
    }
    const indent = skipSpace(content);
    const stripped = content.slice(indent);
    const isComment = stripped.startsWith('#');
    const isDirective = this.#readDirective(stripped, start + indent);
    if (isComment) {
      if (!isDirective) this.#readComment(stripped, content, start + indent);
      this.#line++;
      return;
    }
    this.#line++;
    const joint = continuationAt(stripped, this.escape);
    if (joint === undefined && stripped === '') return;
    this.#offset = start + indent;
    this.#firstLine = this.#line - 1;
    const logical = new LogicalLine();
    logical.append(stripped.slice(0, joint), 0);
    this.#readInstruction(logical, joint !== undefined, stripped.length);
  }

  #readDirective(line: string, at: number): boolean {
    const reader = this.#directiveReader;
    if (reader === undefined || reader.done) return false;
    try {
      const found = reader.read(line);
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
      const span = { start: at, end: at + line.length };
      this.#problems.push({ message, line: this.#line, span });
      return true;
    }
  }

  #setEscape(value: string): void {
    if (value !== '`' && value !== '\\') {
      throw new Error(`invalid escape token '${value}' does not match \` or \\`);
    }
    this.escape = value;
  }

  #readComment(stripped: string, content: string, at: number): void {
    // BuildKit takes off the first byte of the line, be it the `#` or a part of white space before it.
    const text = trimSpace(fromByteString(toByteString(content).slice(1)));
    if (text === '') this.#block = [];
    else this.#block.push(text);
    this.#comments.push({ start: at, end: at + stripped.length, line: this.#line, text });
  }

  /** @param end of its first line, counted from its beginning as all ends and spans are */
  #readInstruction(logical: LogicalLine, continues: boolean, end: number): void {
    const blanks: Span[] = [];
    while (continues) {
      const physical = this.#read();
      if (physical === undefined) break;
      const { content } = physical;
      const at = physical.start - this.start;
      const indent = skipSpace(content);
      if (content[indent] === '#') {
        this.#comments.push({
          start: at + indent,
          end: at + content.length,
          line: this.#line,
          text: trimSpace(content.slice(indent + 1)),
        });
        this.#line++;
        continue;
      }
      this.#line++;
      if (indent === content.length) {
        blanks.push({ start: at, end: at + content.length });
        continue;
      }
      const joint = continuationAt(content, this.escape);
      logical.append(content.slice(0, joint), at - this.#offset);
      continues = joint !== undefined;
      end = at + content.length - this.#offset;
    }
    if (blanks.length > 0) this.#emptyContinuation = { line: this.#line - 1, blanks };
    this.#finish(parseLine(logical, this.escape), end);
  }

  #finish(node: InstructionDraft, end: number): void {
    if (node.message === undefined && canHaveHeredocs(node)) {
      try {
        node.message = this.#readHeredocs(node);
      } catch (error) {
        node.message = error instanceof Error ? error.message : String(error);
      }
    }
    const last = node.heredocs.at(-1);
    node.span = { start: 0, end: last?.terminator?.end ?? last?.body.end ?? end };
    node.lastLine = Math.max(0, this.#line - 1 - this.#firstLine);
    node.comments = bearingOn(node.name, this.#block);
    if (node.trigger !== undefined) {
      node.trigger.lastLine = node.lastLine;
      node.trigger.heredocs = node.heredocs;
    }
    this.#instruction = node;
  }

  /** Reads the bodies that an instruction announces; gives BuildKit's message when one is open. */
  #readHeredocs(node: InstructionDraft): string | undefined {
    const heredocs: Heredoc[] = [];
    node.heredocs = heredocs;
    for (const word of heredocsOf(node.original)) {
      const heredoc = this.#readHeredoc(word);
      heredocs.push(heredoc);
      if (heredoc.terminator === undefined) return 'unterminated heredoc';
    }
    return undefined;
  }

  #piece(start: number, end: number): string {
    const piece = this.text.slice(start, end);
    return this.owned ? ownText(piece) : piece;
  }

  #readHeredoc(word: HeredocWord): Heredoc {
    const start = this.start + this.#offset;
    let bodyStart: number | undefined;
    let bodyEnd = this.text.length;
    for (let line = this.#read(); line !== undefined; line = this.#read()) {
      this.#line++;
      bodyStart ??= line.start;
      bodyEnd = line.end;
      const candidate = word.chomp ? line.content.replace(/^\t+/, '') : line.content;
      if (candidate === word.name) {
        const end = line.start + line.content.length - start;
        return {
          ...word,
          content: this.#piece(bodyStart, line.start),
          body: { start: bodyStart - start, end: line.start - start },
          terminator: { start: end - candidate.length, end },
        };
      }
    }
    bodyStart ??= bodyEnd;
    return {
      ...word,
      content: this.#piece(bodyStart, bodyEnd),
      body: { start: bodyStart - start, end: bodyEnd - start },
    };
  }
}

function canHaveHeredocs(node: InstructionDraft): boolean {
  const { name, json } = node.trigger ?? node;
  if (name === undefined || json || !node.original.includes('<<')) return false;
  return instructionSpec(name).heredocs === true;
}

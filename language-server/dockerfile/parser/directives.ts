/**
 * Parser directives: `# name=value` lines at the very top.
 *
 * The first line that is not one ends them. `syntax` and `check` are also looked for on their own
 * by BuildKit, with slightly other rules (a shebang is skipped, `//` comments and JSON count for
 * `syntax`); that is {@link detectSyntax} and {@link detectCheck}.
 */
import { cut, skipSpace } from '../text/go';

const known = new Set<string>(['syntax', 'escape', 'check']);
export type DirectiveName = 'syntax' | 'escape' | 'check';

function isDirectiveName(name: string): name is DirectiveName {
  return known.has(name);
}

export type FoundDirective = {
  readonly name: DirectiveName;
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** Offsets in the line that was read. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
};

const pattern = /^([a-zA-Z][a-zA-Z0-9]*)([\t\n\f\r ]*=[\t\n\f\r ]*)([^\n]+?)[\t\n\f\r ]*$/;

/** Reads lines until one is not a directive. */
export class DirectiveReader {
  readonly #seen = new Set<string>();
  #line: number;
  #done = false;

  constructor(
    private readonly comment = '#',
    firstLine = 0,
  ) {
    this.#line = firstLine;
  }

  get done(): boolean {
    return this.#done;
  }

  /**
   * Reads a line without its line end.
   * @throws Error with BuildKit's words when a directive comes twice.
   */
  read(line: string): FoundDirective | undefined {
    this.#line++;
    if (this.#done) return undefined;
    const found = line.startsWith(this.comment) ? this.#match(line) : undefined;
    if (found === undefined) {
      this.#done = true;
      return undefined;
    }
    if (this.#seen.has(found.name)) {
      throw new Error(`only one ${found.name} parser directive can be used`);
    }
    this.#seen.add(found.name);
    return found;
  }

  #match(line: string): FoundDirective | undefined {
    const nameStart = skipSpace(line, this.comment.length);
    const match = pattern.exec(line.slice(nameStart));
    if (match === null) return undefined;
    const [, written = '', equals = '', value = ''] = match;
    const name = written.toLowerCase();
    if (!isDirectiveName(name)) return undefined;
    const nameEnd = nameStart + written.length;
    const valueStart = nameEnd + equals.length;
    return { name, value, line: this.#line, nameStart, nameEnd, valueStart };
  }
}

export type DetectedDirective = {
  /** The value up to the first blank: for `syntax`, the frontend image. */
  readonly ref: string;
  readonly value: string;
  readonly line: number;
};

/** The frontend image that the text asks for, in any of the forms that BuildKit accepts. */
export function detectSyntax(text: string): DetectedDirective | undefined {
  const { body, firstLine } = withoutShebang(text);
  return (
    detect('syntax', body, new DirectiveReader('#', firstLine)) ??
    detect('syntax', body, new DirectiveReader('//', firstLine)) ??
    detectJson(body, firstLine)
  );
}

/** The `# check=` directive. */
export function detectCheck(text: string): DetectedDirective | undefined {
  const { body, firstLine } = withoutShebang(text);
  return detect('check', body, new DirectiveReader('#', firstLine));
}

function withoutShebang(text: string): { body: string; firstLine: number } {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (!body.startsWith('#!')) return { body, firstLine: 0 };
  return { body: cut(body, '\n')[1], firstLine: 1 };
}

function detect(
  name: DirectiveName,
  body: string,
  reader: DirectiveReader,
): DetectedDirective | undefined {
  let start = 0;
  while (start < body.length && !reader.done) {
    const end = body.indexOf('\n', start);
    const line = body.slice(start, end < 0 ? body.length : end).replace(/\r$/, '');
    let found: FoundDirective | undefined;
    try {
      found = reader.read(line);
    } catch {
      // A directive given twice: BuildKit keeps what it has read so far.
      return undefined;
    }
    if (found?.name === name) {
      return { ref: cut(found.value, ' ')[0], value: found.value, line: found.line };
    }
    if (end < 0) break;
    start = end + 1;
  }
  return undefined;
}

function detectJson(body: string, line: number): DetectedDirective | undefined {
  if (!/^[\t\n\r ]*\{/.test(body)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined; // Not JSON, so no directive.
  }
  if (typeof value !== 'object' || value === null || !('syntax' in value)) return undefined;
  const syntax = value.syntax;
  return typeof syntax === 'string' ? { ref: syntax, value: syntax, line } : undefined;
}

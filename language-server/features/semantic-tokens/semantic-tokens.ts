/** The colours of a Dockerfile: its own syntax, the shell and other languages inside it. */
import type { Range } from 'vscode-languageserver-types';
import type { DockerfileView } from '../../dockerfile-view';
import type { Span } from '../../dockerfile';
import type { Chunk } from '../../dockerfile/parser/chunk';
import type {
  Instruction,
  InstructionName,
  PlacedChunk,
} from '../../dockerfile/parser/syntax-tree';
import { tokensInChunk, type Token, type TokenKind } from '../../dockerfile/parser/tokens';
import { variableReferences } from '../../dockerfile/occurrences/variable-references';
import { languageOf, languageTokens } from './language-tokens';
import {
  modifierBits,
  typeNumber,
  type ColouredSpan,
  type TokenModifier,
  type TokenType,
} from './legend';
import { ShellTokens } from './shell-tokens';

/** What a kind of token is, wherever it stands. */
const plain: Partial<Record<TokenKind, TokenType>> = {
  comment: 'comment',
  'directive-mark': 'comment',
  'directive-name': 'property',
  'directive-equals': 'operator',
  'directive-value': 'parameter',
  keyword: 'keyword',
  'flag-name': 'parameter',
  'flag-equals': 'operator',
  'flag-value': 'property',
  'argument-keyword': 'keyword',
  'pair-equals': 'operator',
  'pair-value': 'parameter',
  'json-punctuation': 'operator',
  'json-string': 'string',
  continuation: 'macro',
  'heredoc-mark': 'macro',
  'heredoc-end': 'macro',
};

/** What the words of an instruction's arguments are. */
const argumentTypes: Partial<Record<InstructionName, [TokenType, TokenModifier?]>> = {
  arg: ['variable', 'declaration'],
  expose: ['number'],
  stopsignal: ['enumMember'],
};

const shellForms = new Set<string | undefined>(['run', 'cmd', 'entrypoint', 'healthcheck']);

/**
 * The tokens in LSP's encoding: five numbers each, relative to the one before.
 * @param part only what is in this range
 */
export function semanticTokens(view: DockerfileView, part?: Range): number[] {
  const span = part && { start: view.offsetAt(part.start), end: view.offsetAt(part.end) };
  const data: number[] = [];
  let lastLine = 0;
  let lastCharacter = 0;
  for (const placed of view.tree.chunks) {
    const { start, chunk, line } = placed;
    if (span !== undefined && (start > span.end || start + chunk.length < span.start)) continue;
    const colours = coloursOf(view, placed);
    for (let at = 0; at < colours.length; at += 4) {
      const onLine = line + (colours[at] ?? 0);
      const character = colours[at + 1] ?? 0;
      const length = colours[at + 2] ?? 0;
      if (part !== undefined && !touches(part, onLine, character, length)) continue;
      const isBehind = onLine > lastLine || (onLine === lastLine && character >= lastCharacter);
      if (!isBehind) continue;
      const kind = colours[at + 3] ?? 0;
      data.push(
        onLine - lastLine,
        onLine === lastLine ? character - lastCharacter : character,
        length,
        kind >> modifierSpace,
        kind & (2 ** modifierSpace - 1),
      );
      lastLine = onLine;
      lastCharacter = character;
    }
  }
  return data;
}

function touches({ start, end }: Range, line: number, character: number, length: number): boolean {
  if (line < start.line || line > end.line) return false;
  if (line === start.line && character + length < start.character) return false;
  return line < end.line || character <= end.character;
}

/** Bits that hold a token's modifiers; above them stands its type. */
const modifierSpace = 8;

/**
 * The colours of a chunk: line from the chunk's first one, character, length, type and modifiers.
 * A chunk begins with a line, so they stay the same wherever it moves; its text, and so what the
 * client counts in, never changes.
 */
const known = new WeakMap<Chunk, readonly number[]>();

function coloursOf(view: DockerfileView, placed: PlacedChunk): readonly number[] {
  const { chunk } = placed;
  const before = known.get(chunk);
  if (before !== undefined) return before;
  const colours = [...encode(view, placed)];
  // What stands behind FROM depends on the stages before it.
  if (chunk.instruction?.name !== 'from') known.set(chunk, colours);
  return colours;
}

function* encode(view: DockerfileView, placed: PlacedChunk): Generator<number> {
  const { document, text } = view;
  for (const { start, end, type, modifier } of paint(view, placed)) {
    for (const piece of onOneLine(text, start, end)) {
      const from = document.positionAt(piece.start);
      const to = document.positionAt(piece.end);
      if (from.line !== to.line || to.character <= from.character) continue;
      yield from.line - placed.line;
      yield from.character;
      yield to.character - from.character;
      yield (typeNumber(type) << modifierSpace) | modifierBits(modifier);
    }
  }
}

function* paint(view: DockerfileView, placed: PlacedChunk): Generator<ColouredSpan> {
  const around = new InstructionPainter(view, undefined);
  const own = new InstructionPainter(view, placed.node);
  for (const { kind, start, end, inside } of tokensInChunk(view.tree, placed)) {
    const token = { kind, start: start + placed.start, end: end + placed.start };
    yield* (inside ? own : around).paint(token);
  }
}

/** Colours the tokens of one instruction, which follow each other. */
class InstructionPainter {
  readonly #shell = new ShellTokens();
  readonly #subject: Instruction | undefined;
  readonly #variables: readonly Span[];
  #arguments = 0;
  /** The next word is the name of a stage. */
  #named = false;
  /** The line that is being read goes on in the next one. */
  #continued = false;

  constructor(
    private readonly view: DockerfileView,
    private readonly whole: Instruction | undefined,
  ) {
    this.#subject = whole?.trigger ?? whole;
    this.#variables =
      whole === undefined
        ? []
        : variableReferences(view.tree, whole).map((reference) => reference.whole);
  }

  get #isShell(): boolean {
    return shellForms.has(this.#subject?.name) && this.#subject?.json === false;
  }

  *paint(token: Token): Generator<ColouredSpan> {
    const { kind, start, end } = token;
    if (kind === 'keyword') {
      const isDeprecated = this.view.text.slice(start, end).toLowerCase() === 'maintainer';
      yield { start, end, type: 'keyword', ...(isDeprecated ? { modifier: 'deprecated' } : {}) };
    } else if (kind === 'argument' && this.#isShell) {
      yield* this.#shell.read(this.view.text.slice(start, end), start);
    } else if (kind === 'argument' && this.#subject?.name === 'from') {
      yield* this.#fromWord(token);
    } else if (kind === 'argument') {
      yield* this.#value(token, ...this.#argumentType());
    } else if (kind === 'pair-value') {
      yield* this.#value(token, 'parameter');
    } else if (kind === 'flag-value' && this.#isList(token)) {
      yield* this.#fields(token);
    } else if (kind === 'pair-key') {
      const isLabel = this.#subject?.name === 'label';
      if (isLabel) yield { start, end, type: 'property' };
      else yield { start, end, type: 'variable', modifier: 'declaration' };
    } else if (kind === 'heredoc-body') {
      yield* this.#body(token);
    } else {
      if (kind === 'argument-keyword') this.#named = true;
      if (kind === 'continuation') this.#continued = true;
      if (kind === 'newline') {
        if (!this.#continued) this.#shell.endLine();
        this.#continued = false;
      }
      const type = plain[kind];
      if (type !== undefined) yield* this.#split(token, type);
    }
  }

  /** A value of several fields, as that of `--mount`; a bare one may stand among them. */
  #isList({ start, end }: Span): boolean {
    return this.#subject?.name === 'run' && /[,=]/.test(this.view.text.slice(start, end));
  }

  *#fields({ start, end }: Span): Generator<ColouredSpan> {
    for (const field of this.view.text.slice(start, end).matchAll(/[^,]+/g)) {
      const from = start + field.index;
      const to = from + field[0].length;
      const equals = field[0].indexOf('=');
      const keyEnd = equals < 0 ? to : from + equals;
      yield* this.#split({ start: from, end: keyEnd }, 'parameter');
      if (equals < 0) continue;
      yield { start: keyEnd, end: keyEnd + 1, type: 'operator' };
      yield* this.#split({ start: keyEnd + 1, end: to }, 'property');
    }
  }

  /** What the next word of the arguments is. */
  #argumentType(): [TokenType, TokenModifier?] {
    const name = this.#subject?.name;
    return (name && argumentTypes[name]) ?? ['parameter'];
  }

  /** An image with its tag and digest, a stage that is built on, or the name of this one. */
  *#fromWord(token: Token): Generator<ColouredSpan> {
    const { start, end } = token;
    if (this.#arguments++ > 0) {
      if (this.#named) yield { start, end, type: 'namespace', modifier: 'declaration' };
      else yield* this.#split(token, 'parameter');
      this.#named = false;
      return;
    }
    const stage = this.whole && this.view.stageAt(this.whole.span.start);
    if (stage?.base !== undefined) {
      yield { start, end, type: 'namespace' };
      return;
    }
    const { name, tag, digest } = imageParts(this.view.text.slice(start, end), start);
    yield* this.#split(name, 'class');
    if (tag !== undefined) yield* this.#split(tag, 'property');
    if (digest !== undefined) yield* this.#split(digest, 'property');
  }

  /** A value; in quotes it is a string. */
  *#value(token: Token, type: TokenType, modifier?: TokenModifier): Generator<ColouredSpan> {
    const isQuoted = /["']/.test(this.view.text[token.start] ?? '');
    yield* isQuoted ? this.#split(token, 'string') : this.#split(token, type, modifier);
  }

  /** A token without the variables in it, and these between. */
  *#split(
    { start, end }: Span,
    type: TokenType,
    modifier?: TokenModifier,
  ): Generator<ColouredSpan> {
    const rest = modifier === undefined ? { type } : { type, modifier };
    let from = start;
    for (const variable of this.#variables) {
      if (variable.start < from || variable.end > end) continue;
      if (variable.start > from) yield { start: from, end: variable.start, ...rest };
      yield { start: variable.start, end: variable.end, type: 'variable' };
      from = variable.end;
    }
    if (from < end) yield { start: from, end, ...rest };
  }

  /** A heredoc: a script of RUN in the language of its shebang or its reader, else a file's text. */
  *#body({ start, end }: Span): Generator<ColouredSpan> {
    const isRun = this.#subject?.name === 'run';
    const text = this.view.text.slice(start, end);
    const command = this.#subject?.args[0] ?? '';
    const reader = /^\s*(?:\d*<<|$)/.test(command) ? 'sh' : (/^\s*(\S+)/.exec(command)?.[1] ?? '');
    const shebang = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(text)?.[1];
    const program = shebang ?? reader;
    const language = isRun ? languageOf(program) : undefined;
    const isShell = isRun && language === undefined && /(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(program);
    const shell = new ShellTokens();
    let at = start;
    for (const line of text.split('\n')) {
      if (isShell) {
        yield* shell.read(line, at);
        if (!line.trimEnd().endsWith('\\')) shell.endLine();
      } else if (language !== undefined) yield* languageTokens(language, line, at);
      else yield* this.#split({ start: at, end: at + line.length }, 'string');
      at += line.length + 1;
    }
  }
}

/** Spans over line ends are cut; LSP's tokens stay on one line. */
function* onOneLine(text: string, start: number, end: number): Generator<Span> {
  let from = start;
  while (from < end) {
    const newline = text.indexOf('\n', from);
    if (newline < 0 || newline >= end) {
      yield { start: from, end: text[end - 1] === '\r' ? end - 1 : end };
      return;
    }
    yield { start: from, end: text[newline - 1] === '\r' ? newline - 1 : newline };
    from = newline + 1;
  }
}

/** The parts of `name:tag@digest`; colons and at signs inside `${…}` do not count. */
function imageParts(
  image: string,
  start: number,
): { readonly name: Span; readonly tag?: Span; readonly digest?: Span } {
  const plainText = image.replace(/\$\{[^}]*\}?/g, (variable) => '_'.repeat(variable.length));
  const at = plainText.indexOf('@');
  const named = at < 0 ? plainText : plainText.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagAt = colon > named.lastIndexOf('/') ? colon : -1;
  const span = (from: number, to: number): Span => ({ start: start + from, end: start + to });
  return {
    name: span(0, tagAt < 0 ? named.length : tagAt),
    ...(tagAt < 0 ? {} : { tag: span(tagAt + 1, named.length) }),
    ...(at < 0 ? {} : { digest: span(at + 1, image.length) }),
  };
}

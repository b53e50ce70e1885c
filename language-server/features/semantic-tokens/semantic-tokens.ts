/** The colours of a Dockerfile: its own syntax, the shell and other languages inside it. */
import type { Range } from 'vscode-languageserver-types';
import type { DockerfileView } from '../../dockerfile-view';
import type { Span } from '../../dockerfile';
import type { Instruction, InstructionName } from '../../dockerfile/parser/syntax-tree';
import { tokensIn, type Token, type TokenKind } from '../../dockerfile/parser/tokens';
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
  'flag-name': 'property',
  'flag-equals': 'operator',
  'flag-value': 'parameter',
  'argument-keyword': 'keyword',
  'pair-equals': 'operator',
  'pair-value': 'string',
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
  from: ['class', 'declaration'],
  stopsignal: ['enumMember'],
};

const shellForms = new Set<string | undefined>(['run', 'cmd', 'entrypoint', 'healthcheck']);

/**
 * The tokens in LSP's encoding: five numbers each, relative to the one before.
 * @param part only what is in this range
 */
export function semanticTokens(view: DockerfileView, part?: Range): number[] {
  const span =
    part === undefined
      ? { start: 0, end: view.text.length }
      : { start: view.offsetAt(part.start), end: view.offsetAt(part.end) };
  return encode(view, colours(view, span));
}

function* colours(view: DockerfileView, part: Span): Generator<ColouredSpan> {
  let current: number | undefined;
  let painter = new InstructionPainter(view, undefined);
  for (const token of tokensIn(view.tree, part)) {
    if (token.instruction !== current) {
      current = token.instruction;
      const instruction = current === undefined ? undefined : view.tree.instructions[current];
      painter = new InstructionPainter(view, instruction);
    }
    yield* painter.paint(token);
  }
}

/** Colours the tokens of one instruction, which follow each other. */
class InstructionPainter {
  readonly #shell = new ShellTokens();
  readonly #subject: Instruction | undefined;
  readonly #variables: readonly Span[];
  #arguments = 0;
  /** The line that is being read goes on in the next one. */
  #continued = false;

  constructor(
    private readonly view: DockerfileView,
    private readonly whole: Instruction | undefined,
  ) {
    this.#subject = whole?.trigger ?? whole;
    this.#variables =
      whole === undefined || this.#isShell
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
    } else if (kind === 'argument') {
      yield* this.#split(token, ...this.#argumentType());
    } else if (kind === 'pair-key') {
      const isLabel = this.#subject?.name === 'label';
      if (isLabel) yield { start, end, type: 'property' };
      else yield { start, end, type: 'variable', modifier: 'declaration' };
    } else if (kind === 'heredoc-body') {
      yield* this.#body(token);
    } else {
      if (kind === 'continuation') this.#continued = true;
      if (kind === 'newline') {
        if (!this.#continued) this.#shell.endLine();
        this.#continued = false;
      }
      const type = plain[kind];
      if (type !== undefined) yield* this.#split(token, type);
    }
  }

  /** What the next word of the arguments is. */
  #argumentType(): [TokenType, TokenModifier?] {
    const index = this.#arguments++;
    const name = this.#subject?.name;
    if (name === 'from' && index === 0) {
      const stage = this.view.stages.references.find(
        ({ kind, instruction }) => kind === 'from' && instruction === this.whole,
      );
      return [stage?.target === undefined ? 'namespace' : 'class'];
    }
    return (name && argumentTypes[name]) ?? ['string'];
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
function encode(view: DockerfileView, spans: Iterable<ColouredSpan>): number[] {
  const data: number[] = [];
  let lastLine = 0;
  let lastCharacter = 0;
  for (const { start, end, type, modifier } of spans) {
    for (const piece of onOneLine(view.text, start, end)) {
      const from = view.document.positionAt(piece.start);
      const to = view.document.positionAt(piece.end);
      if (from.line !== to.line || to.character <= from.character) continue;
      if (from.line < lastLine || (from.line === lastLine && from.character < lastCharacter))
        continue;
      data.push(
        from.line - lastLine,
        from.line === lastLine ? from.character - lastCharacter : from.character,
        to.character - from.character,
        typeNumber(type),
        modifierBits(modifier),
      );
      lastLine = from.line;
      lastCharacter = from.character;
    }
  }
  return data;
}

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

/** The structure of HCL: blocks, attributes and plain values, whatever the expressions between them. */
import type { Place, Setting } from './targets';

export type HclBody = {
  readonly attributes: readonly HclAttribute[];
  readonly blocks: readonly HclBlock[];
};
export type HclBlock = {
  readonly type: string;
  readonly labels: readonly Place[];
  readonly body: HclBody;
};
export type HclAttribute = { readonly name: Place; readonly value: HclExpression };
export type HclExpression = readonly Token[];

type Token = Place & { readonly kind: 'name' | 'text' | 'number' | 'mark' | 'line' | 'template' };

/** Of a file that is broken, what can be made out. */
export function parseHcl(text: string): HclBody {
  return bodyOf(tokensOf(text));
}

/** A value as a text, as Bake converts it; undefined for null. */
export function plainValue(expression: HclExpression): Setting | undefined {
  const tokens = expression.filter(({ kind }) => kind !== 'line');
  const [first, second, ...more] = tokens;
  if (first === undefined || more.length > 0) return 'unknown';
  if (second !== undefined) {
    const isNegative = first.text === '-' && second.kind === 'number';
    return isNegative ? { ...second, text: `-${second.text}`, start: first.start } : 'unknown';
  }
  if (first.kind === 'text' || first.kind === 'number') return first;
  if (first.kind !== 'name') return 'unknown';
  if (first.text === 'null') return undefined;
  return first.text === 'true' || first.text === 'false' ? first : 'unknown';
}

/** The items of `[ … ]`; undefined for an expression that is none. */
export function listItems(expression: HclExpression): HclExpression[] | undefined {
  const inside = within(expression, '[');
  if (inside === undefined || inside[0]?.text === 'for') return undefined;
  const items: HclExpression[] = [];
  for (let at = 0; at < inside.length;) {
    const end = expressionEnd(inside, at, isComma);
    const item = inside.slice(at, end).filter(({ kind }) => kind !== 'line');
    if (item.length > 0) items.push(item);
    at = end + 1;
  }
  return items;
}

/** The entries of `{ … }`; without a name where that is worked out. Undefined for an expression that is none. */
export function objectEntries(
  expression: HclExpression,
): { readonly name?: Place; readonly value: HclExpression }[] | undefined {
  const inside = within(expression, '{');
  if (inside === undefined) return undefined;
  const entries: { readonly name?: Place; readonly value: HclExpression }[] = [];
  for (let at = 0; at < inside.length;) {
    const name = inside[at];
    const end = expressionEnd(inside, at, (token) => isComma(token) || token.kind === 'line');
    const assigned = inside[at + 1];
    const isPlain = isMark(assigned, '=') || isMark(assigned, ':');
    if (name !== undefined && end > at) {
      const isName = isPlain && (name.kind === 'name' || name.kind === 'text');
      entries.push(isName ? { name, value: inside.slice(at + 2, end) } : { value: [] });
    }
    at = end + 1;
  }
  return entries;
}

function bodyOf(tokens: readonly Token[]): HclBody {
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const name = tokens[at];
    if (name?.kind !== 'name') continue;
    if (isMark(tokens[at + 1], '=')) {
      const end = expressionEnd(tokens, at + 2, ({ kind }) => kind === 'line');
      attributes.push({ name, value: tokens.slice(at + 2, end) });
      at = end;
      continue;
    }
    let open = at + 1;
    while (tokens[open]?.kind === 'name' || tokens[open]?.kind === 'text') open++;
    if (!isMark(tokens[open], '{')) continue;
    const end = closing(tokens, open);
    const body = bodyOf(tokens.slice(open + 1, end));
    blocks.push({ type: name.text, labels: tokens.slice(at + 1, open), body });
    at = end;
  }
  return { attributes, blocks };
}

/** What stands between a bracket at the start and the one at the end that closes it. */
function within(expression: HclExpression, bracket: '[' | '{'): HclExpression | undefined {
  const isWhole = isMark(expression[0], bracket) && closing(expression, 0) >= expression.length - 1;
  return isWhole ? expression.slice(1, closing(expression, 0)) : undefined;
}

function expressionEnd(
  tokens: readonly Token[],
  start: number,
  isEnd: (token: Token) => boolean,
): number {
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined || isEnd(token)) return at;
    if (isOpening(token)) at = closing(tokens, at);
  }
  return tokens.length;
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}

const isComma = (token: Token): boolean => isMark(token, ',');

const isOpening = ({ kind, text }: Token): boolean => kind === 'mark' && '{[('.includes(text);

/** The index of the bracket that closes one; the end for one that nothing closes. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    if (isOpening(token)) depth++;
    else if (token.kind === 'mark' && '}])'.includes(token.text) && --depth === 0) return at;
  }
  return tokens.length;
}

/** Comments; line ends; names; numbers; the head of a heredoc; marks, of which some are two characters. */
const pattern =
  /(#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/|[^\S\n]+)|(\n)|([\p{ID_Start}_][\p{ID_Continue}-]*)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n|([=!<>]=|=>|&&|\|\||\.\.\.|[^"])/uy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      const quoted = quotedAt(text, at);
      tokens.push(quoted.token);
      at = quoted.next;
      continue;
    }
    const [whole, , line, name, number, dash, delimiter, mark] = match;
    const start = at;
    at += whole.length;
    if (line !== undefined) tokens.push({ kind: 'line', text: line, start, end: at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, start, end: at });
    else if (number !== undefined) {
      tokens.push({ kind: 'number', text: String(Number(number)), start, end: at });
    } else if (delimiter !== undefined) {
      const last = new RegExp(String.raw`^[ \t]*${delimiter}(?![\p{ID_Continue}-])`, 'mu');
      const ending = last.exec(text.slice(at));
      const body = text.slice(at, ending === null ? undefined : at + ending.index);
      tokens.push({
        ...literal(body, (part) => heredoc(part, dash === '-')),
        start,
        end: at + body.length,
      });
      at += body.length + (ending?.[0].length ?? 0);
    } else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, start, end: at });
  }
  return tokens;
}

/** A quoted text, with the expressions in it; one that nothing closes goes up to the end of its line. */
function quotedAt(text: string, start: number): { readonly token: Token; readonly next: number } {
  let at = start + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n') {
    if (text[at] === '\\') at += 2;
    else if (/^(?:\$\$|%%)\{/.test(text.slice(at, at + 3))) at += 3;
    else if (/^[$%]\{/.test(text.slice(at, at + 2))) at = templateEnd(text, at + 2);
    else at++;
  }
  const body = text.slice(start + 1, at);
  const token = { ...literal(body, unescaped), start: start + 1, end: Math.min(at, text.length) };
  return { token, next: text[at] === '"' ? at + 1 : at };
}

/** After the `}` that ends a template's expression. */
function templateEnd(text: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < text.length && depth > 0) {
    const character = text[at];
    if (character === '"') {
      at = quotedAt(text, at).next;
      continue;
    }
    if (character === '{') depth++;
    else if (character === '}') depth--;
    at++;
  }
  return at;
}

function literal(written: string, read: (written: string) => string): Pick<Token, 'kind' | 'text'> {
  const text = withoutTemplates(written);
  return text === undefined ? { kind: 'template', text: '' } : { kind: 'text', text: read(text) };
}

/** `$${` stands for `${`. @returns undefined for a text with an expression in it */
export function withoutTemplates(written: string): string | undefined {
  const isTemplate = /[$%]\{/.test(written.replace(/([$%])\1\{/g, ''));
  return isTemplate ? undefined : written.replace(/([$%])\1\{/g, '$1{');
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescaped(written: string): string {
  return written.replace(
    /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g,
    (whole, short: string | undefined, long: string | undefined, one: string | undefined) => {
      if (one !== undefined) return escapes[one] ?? one;
      const point = Number.parseInt(short ?? long ?? '', 16);
      return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
    },
  );
}

/** The text of a heredoc; that of `<<-` without the indentation that all its lines have. */
function heredoc(body: string, isIndented: boolean): string {
  if (!isIndented) return body;
  const lines = body.split('\n');
  const indents = lines
    .filter((line) => line !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const indent = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}

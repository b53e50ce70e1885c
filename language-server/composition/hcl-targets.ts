/**
 * Targets of Bake files in HCL. Only what an editor needs is read: blocks, attributes that are plain
 * texts, and the names in `args`. Whatever is worked out by an expression is left to Bake.
 */
import type { CompositionTarget, Place, ReadTargets, TargetArgument } from './targets';

type Token = Place & { readonly kind: 'name' | 'text' | 'mark' | 'other' };

/** Comments and heredocs; names; quoted texts; marks. */
const pattern =
  /(#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)|(<<[-~]?([A-Za-z_]\w*)[^\n]*\n[^]*?\n[ \t]*\3\b)|([A-Za-z_][\w-]*)|"((?:[^"\\\n]|\\.)*)"|([{}[\]()=,])|[^\s]/g;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const [whole, comment, , , name, quoted, mark] = match;
    if (comment !== undefined) continue;
    const start = match.index;
    const end = start + whole.length;
    if (name !== undefined) tokens.push({ kind: 'name', text: name, start, end });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, start, end });
    // What holds an expression or an escape has another value than its text.
    else if (quoted !== undefined && !/[\\$%]/.test(quoted)) {
      tokens.push({ kind: 'text', text: quoted, start: start + 1, end: end - 1 });
    } else tokens.push({ kind: 'other', text: '', start, end });
  }
  return tokens;
}

/** An attribute and the tokens of its value. */
type Attribute = { readonly name: Token; readonly value: readonly Token[] };

export const bakeHclTargets: ReadTargets = (text) => {
  const tokens = tokensOf(text);
  const targets: CompositionTarget[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const [block, label, open] = tokens.slice(at, at + 3);
    if (open?.text === '{' && block?.text === 'target' && label?.kind === 'text') {
      const end = closing(tokens, at + 2);
      targets.push(targetOf(label, attributesOf(tokens.slice(at + 3, end))));
      at = end;
    } else if (block?.text === '{') at = closing(tokens, at);
  }
  return targets;
};

function targetOf(name: Place, attributes: readonly Attribute[]): CompositionTarget {
  const valueOf = (key: string): readonly Token[] =>
    attributes.find((attribute) => attribute.name.text === key)?.value ?? [];
  const has = (key: string): boolean => valueOf(key).length > 0;
  const place = (key: string): Place | undefined => {
    const [only, ...rest] = valueOf(key);
    return only?.kind === 'text' && rest.length === 0 ? only : undefined;
  };
  const isUnknown = (key: string): boolean => has(key) && place(key) === undefined;
  const context = place('context');
  const dockerfile = place('dockerfile');
  const stage = place('target');
  const [open, ...args] = valueOf('args');
  return {
    name,
    ...(context && { context }),
    ...(dockerfile && { dockerfile }),
    ...(stage && { stage }),
    args: open?.text === '{' ? attributesOf(args.slice(0, -1)).map(argumentOf) : [],
    isElsewhere: has('dockerfile-inline') || isUnknown('context') || isUnknown('dockerfile'),
    inherits: has('inherits'),
  };
}

function argumentOf({ name, value }: Attribute): TargetArgument {
  const [only, ...rest] = value;
  return only?.kind === 'text' && rest.length === 0 ? { ...name, value: only.text } : name;
}

/** `name = value`, one after the other; a value goes up to a comma or the next name that is set. */
function attributesOf(tokens: readonly Token[]): Attribute[] {
  const attributes: Attribute[] = [];
  for (let at = 0; at + 1 < tokens.length; at++) {
    const name = tokens[at];
    if (name === undefined || name.kind === 'mark' || tokens[at + 1]?.text !== '=') continue;
    let end = at + 2;
    while (end < tokens.length && tokens[end + 1]?.text !== '=' && tokens[end]?.text !== ',') {
      end = isOpening(tokens[end]) ? closing(tokens, end) + 1 : end + 1;
    }
    attributes.push({ name, value: tokens.slice(at + 2, Math.min(end, tokens.length)) });
    at = end - 1;
  }
  return attributes;
}

const isOpening = (token: Token | undefined): boolean =>
  token?.kind === 'mark' && '{[('.includes(token.text);

/** The index of the bracket that closes one; the end for one that nothing closes. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (isOpening(token)) depth++;
    else if (token?.kind === 'mark' && '}])'.includes(token.text) && --depth === 0) return at;
  }
  return tokens.length;
}

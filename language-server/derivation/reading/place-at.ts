/** What stands at an offset of a derivation file: its field, and the store path under the cursor. */
import type { ByteString } from '../byte-string';
import { byteStringOf } from '../byte-string';
import type { ParsedDerivation } from '../parse';
import type {
  ByteRange,
  EnvironmentNode,
  InputDerivationNode,
  OutputNode,
  StringNode,
} from '../syntax';

export type DerivationPlace = ByteRange &
  (
    | { readonly kind: 'file' }
    | { readonly kind: 'output'; readonly node: OutputNode }
    | { readonly kind: 'input'; readonly node: InputDerivationNode }
    | { readonly kind: 'source'; readonly node: StringNode }
    | { readonly kind: 'system' | 'builder'; readonly node: StringNode }
    | { readonly kind: 'argument'; readonly node: StringNode; readonly index: number }
    | { readonly kind: 'variable'; readonly node: EnvironmentNode }
  );

export type PathMention = ByteRange & { readonly path: ByteString };

const holds = ({ start, end }: ByteRange, offset: number): boolean =>
  start <= offset && offset <= end;

/** The innermost thing at an offset; the file itself at its first word; undefined between things. */
export function placeAt({ syntax }: ParsedDerivation, offset: number): DerivationPlace | undefined {
  const first = [syntax.fields.outputs?.start, syntax.version?.start].find(
    (at) => at !== undefined,
  );
  const word = { start: syntax.start, end: Math.max(syntax.start, (first ?? syntax.end) - 1) };
  if (holds(word, offset)) return { kind: 'file', ...word };
  const found = <T extends ByteRange>(nodes: readonly T[]): T | undefined =>
    nodes.find((node) => holds(node, offset));
  const output = found(syntax.outputs);
  if (output !== undefined) return { ...rangeOf(output), kind: 'output', node: output };
  const input = found(syntax.inputDrvs);
  if (input !== undefined) return { ...rangeOf(input), kind: 'input', node: input };
  const source = found(syntax.inputSrcs);
  if (source !== undefined) return { ...rangeOf(source), kind: 'source', node: source };
  for (const kind of ['system', 'builder'] as const) {
    const node = syntax[kind];
    if (node !== undefined && holds(node, offset)) return { ...rangeOf(node), kind, node };
  }
  const argument = found(syntax.args);
  if (argument !== undefined) {
    const index = syntax.args.indexOf(argument);
    return { ...rangeOf(argument), kind: 'argument', node: argument, index };
  }
  const variable = found(syntax.env);
  if (variable !== undefined) return { ...rangeOf(variable), kind: 'variable', node: variable };
  return undefined;
}

const rangeOf = ({ start, end }: ByteRange): ByteRange => ({ start, end });

const STORE_PATH =
  /\/(?:[0-9A-Za-z+._?=-]+\/)+?[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._?=]+/g;
/** A path's directory, hash and name together are never longer than this. */
const LONGEST_PATH = 600;

/** Every store path that a piece of a file mentions; none holds a character that is escaped. */
export function pathMentions(
  bytes: Uint8Array,
  within: ByteRange = { start: 0, end: bytes.length },
): PathMention[] {
  const text = byteStringOf(bytes.subarray(within.start, within.end));
  return [...text.matchAll(STORE_PATH)].map((match) => {
    const start = within.start + match.index;
    return { start, end: start + match[0].length, path: match[0] };
  });
}

/** The store path that the cursor is on. */
export function pathAt(bytes: Uint8Array, offset: number): PathMention | undefined {
  const start = Math.max(0, offset - LONGEST_PATH);
  const end = Math.min(bytes.length, offset + LONGEST_PATH);
  return pathMentions(bytes, { start, end }).find((mention) => holds(mention, offset));
}

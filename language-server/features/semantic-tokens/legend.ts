/** The kinds of semantic tokens that are sent, all of them LSP's own. */
import type { SemanticTokensLegend } from 'vscode-languageserver';

export const tokenTypes = [
  'comment',
  'keyword',
  'property',
  'parameter',
  'string',
  'number',
  'operator',
  'variable',
  'class',
  'namespace',
  'function',
  'macro',
  'enumMember',
] as const;
export type TokenType = (typeof tokenTypes)[number];

const tokenModifiers = ['declaration', 'deprecated'] as const;
export type TokenModifier = (typeof tokenModifiers)[number];

export const legend: SemanticTokensLegend = {
  tokenTypes: [...tokenTypes],
  tokenModifiers: [...tokenModifiers],
};

/** A coloured piece of the text, in offsets. */
export type ColouredSpan = {
  readonly start: number;
  readonly end: number;
  readonly type: TokenType;
  readonly modifier?: TokenModifier;
};

const typeIndex = new Map<TokenType, number>(tokenTypes.map((type, index) => [type, index]));
export const typeNumber = (type: TokenType): number => typeIndex.get(type) ?? 0;
export const modifierBits = (modifier: TokenModifier | undefined): number =>
  modifier === undefined ? 0 : 1 << tokenModifiers.indexOf(modifier);

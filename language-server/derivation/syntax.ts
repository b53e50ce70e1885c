/**
 * The syntax tree of a `.drv` file: every field with its place. Offsets count bytes from the start
 * of the file; ranges are half open, and those of strings include the quotes.
 */
import type { ByteString } from './byte-string';

export type ByteRange = { readonly start: number; readonly end: number };

/** A string of the file: its value after escapes, and where it stands. */
export type StringNode = ByteRange & { readonly value: ByteString };

export type OutputNode = ByteRange & {
  readonly name: StringNode;
  readonly path: StringNode;
  readonly hashAlgorithm: StringNode;
  readonly hash: StringNode;
};

export type SelectionNode = {
  readonly outputs: readonly StringNode[];
  readonly dynamic?: readonly { readonly name: StringNode; readonly selection: SelectionNode }[];
};

export type InputDerivationNode = ByteRange & {
  readonly path: StringNode;
  readonly selection: SelectionNode;
};

export type EnvironmentNode = ByteRange & {
  readonly name: StringNode;
  readonly value: StringNode;
};

/** The seven fields, in file order. */
export const FIELDS = [
  'outputs',
  'inputDrvs',
  'inputSrcs',
  'system',
  'builder',
  'args',
  'env',
] as const;
export type FieldName = (typeof FIELDS)[number];

/** What was read, as far as the parser came: on a syntax error the later fields are empty. */
export type DerivationSyntax = ByteRange & {
  readonly version?: StringNode;
  readonly fields: Readonly<Partial<Record<FieldName, ByteRange>>>;
  readonly outputs: readonly OutputNode[];
  readonly inputDrvs: readonly InputDerivationNode[];
  readonly inputSrcs: readonly StringNode[];
  readonly system?: StringNode;
  readonly builder?: StringNode;
  readonly args: readonly StringNode[];
  readonly env: readonly EnvironmentNode[];
};

/** A fault found while reading. `syntax` ends the reading; what Nix only never writes does not. */
export type DerivationSyntaxError = ByteRange & {
  readonly kind: 'syntax' | 'escape' | 'unusual';
  readonly message: string;
};

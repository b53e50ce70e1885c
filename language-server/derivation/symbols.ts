/** The outline of a derivation file: its fields, and what each holds. Offsets are bytes. */
import { textOf } from './byte-string';
import type { ParsedDerivation } from './parse';
import { baseName } from './store-path';
import type { ByteRange, FieldName, StringNode } from './syntax';

export type SymbolKind =
  | 'outputs'
  | 'output'
  | 'inputs'
  | 'input'
  | 'sources'
  | 'source'
  | 'system'
  | 'builder'
  | 'arguments'
  | 'argument'
  | 'environment'
  | 'variable';

export type DerivationSymbol = ByteRange & {
  readonly kind: SymbolKind;
  readonly name: string;
  readonly detail: string;
  /** The part to select when one goes to the symbol; inside the range. */
  readonly selectionStart: number;
  readonly selectionEnd: number;
  readonly children: readonly DerivationSymbol[];
};

/** Longer values are cut in the outline. */
const DETAIL_LENGTH = 80;

function shortText(node: StringNode): string {
  const text = textOf(node.value).replace(/\s+/g, ' ').trim();
  return text.length > DETAIL_LENGTH ? `${text.slice(0, DETAIL_LENGTH - 1)}…` : text;
}

function leaf(
  kind: SymbolKind,
  name: string,
  detail: string,
  range: ByteRange,
  selection: ByteRange = range,
): DerivationSymbol {
  return {
    kind,
    name,
    detail,
    start: range.start,
    end: range.end,
    selectionStart: selection.start,
    selectionEnd: selection.end,
    children: [],
  };
}

const nameOf = (node: StringNode): string => textOf(baseName(node.value));

/** One row a field: how it is called, and its children. */
const FIELD_SYMBOLS: readonly {
  readonly field: FieldName;
  readonly kind: SymbolKind;
  readonly name: string;
  /** Single strings have a value; lists have children and a count. */
  readonly value?: (parsed: ParsedDerivation) => StringNode | undefined;
  readonly children?: (parsed: ParsedDerivation) => DerivationSymbol[];
}[] = [
  {
    field: 'outputs',
    kind: 'outputs',
    name: 'outputs',
    children: ({ syntax }) =>
      syntax.outputs.map((output) =>
        leaf('output', textOf(output.name.value), nameOf(output.path), output, output.name),
      ),
  },
  {
    field: 'inputDrvs',
    kind: 'inputs',
    name: 'input derivations',
    children: ({ syntax }) =>
      syntax.inputDrvs.map((input) =>
        leaf(
          'input',
          nameOf(input.path),
          input.selection.outputs.map(shortText).join(', '),
          input,
          input.path,
        ),
      ),
  },
  {
    field: 'inputSrcs',
    kind: 'sources',
    name: 'sources',
    children: ({ syntax }) =>
      syntax.inputSrcs.map((source) => leaf('source', nameOf(source), '', source)),
  },
  { field: 'system', kind: 'system', name: 'system', value: ({ syntax }) => syntax.system },
  { field: 'builder', kind: 'builder', name: 'builder', value: ({ syntax }) => syntax.builder },
  {
    field: 'args',
    kind: 'arguments',
    name: 'arguments',
    children: ({ syntax }) =>
      syntax.args.map((argument, index) =>
        leaf('argument', `${index + 1}`, shortText(argument), argument),
      ),
  },
  {
    field: 'env',
    kind: 'environment',
    name: 'environment',
    children: ({ syntax }) =>
      syntax.env.map((entry) =>
        leaf(
          'variable',
          // Editors refuse symbols without a name; Nix allows such a variable.
          textOf(entry.name.value) || '""',
          shortText(entry.value),
          entry,
          entry.name,
        ),
      ),
  },
];

/** The symbols of a file, in file order; of a broken file, those before the fault. */
export function derivationSymbols(parsed: ParsedDerivation): DerivationSymbol[] {
  return FIELD_SYMBOLS.flatMap(({ field, kind, name, value, children }) => {
    const range = parsed.syntax.fields[field];
    if (range === undefined) return [];
    const node = value?.(parsed);
    const below = children?.(parsed) ?? [];
    const detail = node === undefined ? `${below.length}` : shortText(node);
    return [{ ...leaf(kind, name, detail, range), children: below }];
  });
}

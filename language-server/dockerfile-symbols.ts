/** The outline of a Dockerfile: its stages, and in each its instructions. */
import { SymbolKind, type DocumentSymbol, type Range } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { InstructionName } from './dockerfile/grammar/instructions';
import type { Instruction, SyntaxTree } from './dockerfile/parser/syntax-tree';
import { rangeOfSpan } from './places';

/** How each instruction is shown; what is not named here is a `Property` of the stage. */
const kinds: Partial<Record<InstructionName, SymbolKind>> = {
  from: SymbolKind.Class,
  arg: SymbolKind.Variable,
  env: SymbolKind.Variable,
  run: SymbolKind.Function,
  cmd: SymbolKind.Event,
  entrypoint: SymbolKind.Event,
  healthcheck: SymbolKind.Event,
  copy: SymbolKind.File,
  add: SymbolKind.File,
  volume: SymbolKind.File,
};

/** Stages hold what follows their FROM; global ARGs stand beside them. */
export function dockerfileSymbols(document: TextDocument, tree: SyntaxTree): DocumentSymbol[] {
  const symbols: DocumentSymbol[] = [];
  let stage: (DocumentSymbol & { children: DocumentSymbol[] }) | undefined;
  let stageCount = 0;
  for (const instruction of tree.instructions) {
    const range = rangeOfSpan(document, instruction.span);
    if (instruction.name === 'from') {
      stage = { ...stageSymbol(document, instruction, stageCount++, range), children: [] };
      symbols.push(stage);
      continue;
    }
    const symbol: DocumentSymbol = {
      name: instruction.keyword.toUpperCase(),
      detail: oneLine(instruction),
      kind: (instruction.name && kinds[instruction.name]) ?? SymbolKind.Property,
      range,
      selectionRange: rangeOfSpan(document, instruction.keywordSpan),
    };
    if (stage === undefined) {
      symbols.push(symbol);
    } else {
      stage.children.push(symbol);
      stage.range = { start: stage.range.start, end: range.end };
    }
  }
  return symbols;
}

function stageSymbol(
  document: TextDocument,
  from: Instruction,
  index: number,
  range: Range,
): DocumentSymbol {
  const alias = /^as$/i.test(from.args[1] ?? '') ? from.args[2] : undefined;
  const aliasWord = alias === undefined ? undefined : from.words[2];
  return {
    name: alias ?? `stage-${index}`,
    detail: `FROM ${from.args[0] ?? ''}`,
    kind: SymbolKind.Class,
    range,
    selectionRange: rangeOfSpan(document, aliasWord ?? from.keywordSpan),
  };
}

/** What the instruction says, on one line that an outline can hold. */
function oneLine({ original, keyword }: Instruction): string {
  const text = original.slice(keyword.length).replace(/\s+/g, ' ').trim();
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

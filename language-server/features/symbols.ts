/** The outline of a Dockerfile: its directives, its stages, and in each its instructions. */
import {
  SymbolKind,
  SymbolTag,
  type DocumentSymbol,
  type SymbolInformation,
} from 'vscode-languageserver-types';
import { unfinishedDirectives } from './unfinished-directives';
import type { DockerfileView } from '../dockerfile-view';
import type { StageNode } from '../dockerfile/occurrences/stages';
import type { Instruction, InstructionName } from '../dockerfile/parser/syntax-tree';

/** How each instruction is shown; what is not named here is a `Property` of the stage. */
const kinds: Partial<Record<InstructionName, SymbolKind>> = {
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

/** Stages hold what follows their FROM; directives and global ARGs stand beside them. */
export function documentSymbols(view: DockerfileView): DocumentSymbol[] {
  const { globals, stages } = view.stages;
  return [
    ...directiveSymbols(view),
    ...globals.filter(isNamed).map((instruction) => instructionSymbol(view, instruction)),
    ...stages.map((stage) => stageSymbol(view, stage)),
  ];
}

/** For clients that know no hierarchy: directives and keywords, one after the other. */
export function flatSymbols(view: DockerfileView): SymbolInformation[] {
  const { directives, instructions } = view.tree;
  const at = (span: { start: number; end: number }) => ({ uri: view.uri, range: view.range(span) });
  return [
    ...[...directives, ...unfinishedDirectives(view.tree)].map(({ nameSpan }) => ({
      name: view.text.slice(nameSpan.start, nameSpan.end),
      kind: SymbolKind.Property,
      location: at(nameSpan),
    })),
    ...instructions.filter(isNamed).map((instruction) => ({
      name: instruction.keyword,
      kind: SymbolKind.Function,
      location: at(instruction.keywordSpan),
      ...(instruction.name === 'maintainer' ? { deprecated: true } : {}),
    })),
  ];
}

function directiveSymbols(view: DockerfileView): DocumentSymbol[] {
  return view.tree.directives.map(({ name, value, span, nameSpan }) => ({
    name,
    detail: value,
    kind: SymbolKind.Property,
    range: view.range(span),
    selectionRange: view.range(nameSpan),
  }));
}

function stageSymbol(view: DockerfileView, stage: StageNode): DocumentSymbol {
  const { from, alias, image, index, instructions } = stage;
  const end = instructions.at(-1)?.span.end ?? from.span.end;
  return {
    name: alias?.text ?? `stage-${index}`,
    detail: `FROM ${image?.text ?? ''}`,
    kind: SymbolKind.Class,
    range: view.range({ start: from.span.start, end }),
    selectionRange: view.range(from.keywordSpan),
    children: instructions
      .filter(isNamed)
      .map((instruction) => instructionSymbol(view, instruction)),
  };
}

/** A lone continuation is an instruction without a keyword; editors refuse symbols without a name. */
const isNamed = ({ keyword }: Instruction): boolean => keyword !== '';

function instructionSymbol(view: DockerfileView, instruction: Instruction): DocumentSymbol {
  return {
    name: instruction.keyword.toUpperCase(),
    detail: oneLine(instruction),
    kind: (instruction.name && kinds[instruction.name]) ?? SymbolKind.Property,
    range: view.range(instruction.span),
    selectionRange: view.range(instruction.keywordSpan),
    ...(instruction.name === 'maintainer' ? { tags: [SymbolTag.Deprecated] } : {}),
  };
}

/** What the instruction says, on one line that an outline can hold. */
function oneLine({ original, keyword }: Instruction): string {
  const text = original.trimStart().slice(keyword.length).replace(/\s+/g, ' ').trim();
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

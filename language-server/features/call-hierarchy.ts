/** Who builds on whom: stages as callers of the stages that they start from or take files from. */
import {
  SymbolKind,
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Position,
} from 'vscode-languageserver';
import type { DockerfileView } from '../dockerfile-view';
import type { StageNode, StageReference } from '../dockerfile/occurrences/stages';

/** The stage at a position: the one that is named there, else the one around it. */
export function prepareCallHierarchy(
  view: DockerfileView,
  position: Position,
): CallHierarchyItem[] {
  const offset = view.offsetAt(position);
  const named = view.stages.references.find(
    ({ span, target }) => target !== undefined && span.start <= offset && offset <= span.end,
  );
  const stage = named?.target ?? view.stageAt(offset);
  return stage === undefined ? [] : [itemOf(view, stage)];
}

export function incomingCalls(
  view: DockerfileView,
  item: CallHierarchyItem,
): CallHierarchyIncomingCall[] {
  const stage = stageOf(view, item);
  const uses = view.stages.references.filter(({ target }) => target === stage);
  return grouped(uses, ({ inStage }) => inStage).map(([from, references]) => ({
    from: itemOf(view, from),
    fromRanges: references.map(({ span }) => view.range(span)),
  }));
}

export function outgoingCalls(
  view: DockerfileView,
  item: CallHierarchyItem,
): CallHierarchyOutgoingCall[] {
  const stage = stageOf(view, item);
  const uses = view.stages.references.filter(({ inStage }) => inStage === stage);
  return grouped(uses, ({ target }) => target).map(([to, references]) => ({
    to: itemOf(view, to),
    fromRanges: references.map(({ span }) => view.range(span)),
  }));
}

function stageOf(view: DockerfileView, { range }: CallHierarchyItem): StageNode | undefined {
  return view.stageAt(view.offsetAt(range.start));
}

function itemOf(view: DockerfileView, stage: StageNode): CallHierarchyItem {
  const { from, alias, image, index, instructions } = stage;
  const end = instructions.at(-1)?.span.end ?? from.span.end;
  return {
    name: alias?.text ?? `stage-${index}`,
    detail: `FROM ${image?.text ?? ''}`,
    kind: SymbolKind.Class,
    uri: view.uri,
    range: view.range({ start: from.span.start, end }),
    selectionRange: view.range(alias ?? from.keywordSpan),
  };
}

function grouped(
  references: readonly StageReference[],
  keyOf: (reference: StageReference) => StageNode | undefined,
): [StageNode, StageReference[]][] {
  const groups = new Map<StageNode, StageReference[]>();
  for (const reference of references) {
    const key = keyOf(reference);
    if (key === undefined) continue;
    groups.set(key, [...(groups.get(key) ?? []), reference]);
  }
  return [...groups];
}

/**
 * Everything in a Dockerfile that has a name, and every place where the name stands.
 *
 * Definition, references, highlight and rename all read this one index. Places belong together when
 * a build would break if only some of them were renamed: a variable goes on into the stages that
 * build on its stage, and a bare `ARG NAME` in a stage is the global argument of that name.
 */
import type { SyntaxTree } from '../parser/syntax-tree';
import { toLower } from '../text/go';
import { touches } from '../text/span';
import { heredocNames } from './heredoc-names';
import type { Name, Occurrence } from './occurrence';
import type { StageNode, StageReference, StageTable } from './stages';
import type { VariableScopes } from './variable-scopes';

export class OccurrenceIndex {
  /** By the start of their spans; each with its name. */
  readonly #places: readonly { readonly occurrence: Occurrence; readonly name: Name }[];

  constructor(
    tree: SyntaxTree,
    readonly stages: StageTable,
    readonly variables: VariableScopes,
  ) {
    const names = [
      ...stageNames(stages),
      ...imageNames(stages),
      ...variables.names(),
      ...heredocs(tree),
    ];
    this.#places = names
      .flatMap((name) => name.occurrences.map((occurrence) => ({ occurrence, name })))
      .sort((a, b) => a.occurrence.span.start - b.occurrence.span.start);
  }

  /** What stands at an offset; the end of a name counts as in it. */
  at(offset: number): { readonly occurrence: Occurrence; readonly name: Name } | undefined {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle]?.occurrence.span.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= Math.max(0, low - 2); index--) {
      const place = this.#places[index];
      if (place !== undefined && touches(place.occurrence.span, offset)) return place;
    }
    return undefined;
  }

  /** All places in the order of the text, each with its name. */
  all(): readonly { readonly occurrence: Occurrence; readonly name: Name }[] {
    return this.#places;
  }
}

function stageNames({ stages, references }: StageTable): Name[] {
  const groups = new Map<string, Occurrence[]>();
  const groupOf = (stage: StageNode): Occurrence[] => {
    const key = stage.alias === undefined ? `#${stage.index}` : toLower(stage.alias.text);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    return group;
  };
  for (const stage of stages) {
    if (stage.alias === undefined) continue;
    const { start, end } = stage.alias;
    const span = { start, end };
    groupOf(stage).push({ kind: 'stage', span, role: 'write', definition: span, renamed: true });
  }
  for (const reference of references) {
    if (reference.target === undefined) continue;
    groupOf(reference.target).push({
      kind: 'stage',
      span: { start: reference.span.start, end: reference.span.end },
      role: 'read',
      definition: reference.target.alias ?? reference.target.from.keywordSpan,
      renamed: !reference.byIndex,
      ...(reference.kind === 'from' && { lowerCase: true }),
    });
  }
  return [...groups.values()].map((occurrences) => ({ kind: 'stage', occurrences }));
}

/** Images that files are copied or mounted from; the one behind a FROM is no name of the file's. */
function imageNames({ references }: StageTable): Name[] {
  const groups = new Map<string, StageReference[]>();
  for (const reference of references) {
    if (reference.target !== undefined || reference.kind === 'from') continue;
    if (reference.text === '') continue;
    const key = toLower(reference.text);
    groups.set(key, [...(groups.get(key) ?? []), reference]);
  }
  return [...groups.values()].map((group) => ({
    kind: 'image',
    occurrences: group.map(({ span, byIndex }) => ({
      kind: 'image',
      span: { start: span.start, end: span.end },
      role: 'read',
      definition: undefined,
      renamed: !byIndex,
    })),
  }));
}

function heredocs(tree: SyntaxTree): Name[] {
  return tree.instructions
    .flatMap((instruction) => heredocNames(tree, instruction))
    .map(({ name, heredoc: { terminator } }) => {
      const write: Occurrence = {
        kind: 'heredoc',
        span: name,
        role: 'write',
        definition: name,
        renamed: true,
      };
      const end: Occurrence[] =
        terminator === undefined ? [] : [{ ...write, span: terminator, role: 'read' }];
      return { kind: 'heredoc', occurrences: [write, ...end] };
    });
}

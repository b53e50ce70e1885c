/** The outline of a build: which arguments, secrets and SSH agents it uses. */
import { compareBytes } from '../text/go';
import type { Need } from './outline-capture';
import type { Outline, OutlineItem } from './result';
import type { StageState } from './stage-state';

/** The outline of a target, each list in the order of its places. */
export function outlineOf(target: StageState): Outline {
  const { from } = target.source;
  return {
    name: from?.name ?? '',
    description: from?.description ?? '',
    args: inOrder(collect(target, argItems, new Set())),
    secrets: inOrder(collect(target, (stage) => needItems(stage.outline.secrets), new Set())),
    ssh: inOrder(collect(target, (stage) => needItems(stage.outline.ssh), new Set())),
  };
}

/** Items of a stage, of its base and of what it depends on; the first of a name counts. */
function collect(
  stage: StageState,
  itemsOf: (stage: StageState) => readonly OutlineItem[],
  visited: Set<string>,
): OutlineItem[] {
  const items: OutlineItem[] = [];
  for (const item of itemsOf(stage)) {
    if (visited.has(item.name)) continue;
    visited.add(item.name);
    items.push(item);
  }
  const next = [...(stage.base === undefined ? [] : [stage.base]), ...stage.dependencies.keys()];
  return [...items, ...next.flatMap((other) => collect(other, itemsOf, visited))];
}

function argItems({ outline }: StageState): OutlineItem[] {
  outline.closeOverDependencies();
  return [...outline.usedArgs].flatMap((name) => {
    const info = outline.allArgs.get(name);
    if (info === undefined) return [];
    const { definition, value, lines } = info;
    return [{ name: definition.key, value, description: definition.description, lines }];
  });
}

function needItems(needs: ReadonlyMap<string, Need>): OutlineItem[] {
  return [...needs].map(([name, { required, lines }]) => ({ name, required, lines }));
}

/** By line; BuildKit leaves the order within a line to chance, here it is the names'. */
function inOrder(items: OutlineItem[]): OutlineItem[] {
  return items.sort(
    (a, b) => (a.lines?.first ?? 0) - (b.lines?.first ?? 0) || compareBytes(a.name, b.name),
  );
}

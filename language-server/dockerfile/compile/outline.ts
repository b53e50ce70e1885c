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
    args: inOrder(collect(target, argItems)),
    secrets: inOrder(collect(target, (stage) => needItems(stage.outline.secrets))),
    ssh: inOrder(collect(target, (stage) => needItems(stage.outline.ssh))),
  };
}

/**
 * Items of a stage, of its base and of what it depends on; the first of a name counts. A trigger can
 * make stages depend on each other in a circle, over which BuildKit crashes.
 */
function collect(
  target: StageState,
  itemsOf: (stage: StageState) => readonly OutlineItem[],
): OutlineItem[] {
  const items = new Map<string, OutlineItem>();
  const visited = new Set<StageState>();
  const pending = [target];
  for (let stage = pending.pop(); stage !== undefined; stage = pending.pop()) {
    if (visited.has(stage)) continue;
    visited.add(stage);
    for (const item of itemsOf(stage)) if (!items.has(item.name)) items.set(item.name, item);
    // Depth first, the base before the others.
    pending.push(...[...stage.dependencies.keys()].reverse());
    if (stage.base !== undefined) pending.push(stage.base);
  }
  return [...items.values()];
}

function argItems({ outline }: StageState): OutlineItem[] {
  outline.closeOverDependencies();
  return [...outline.usedArgs].flatMap((name) => {
    const info = outline.arg(name);
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

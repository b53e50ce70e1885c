/**
 * A build for several platforms has the same stages several times. Each of them stands once for
 * every platform, so that the platforms are seen side by side instead of in one box.
 */
import type { BuildGraph, GraphGroup, GraphNode, GroupId } from '../../../proto/model/build-graph';
import { runsOn } from './runs-on';

type Parts = Pick<BuildGraph, 'nodes' | 'groups'>;

/** Statuses come more often than nodes, and change nothing here. */
const known = new WeakMap<readonly GraphNode[], { readonly of: BuildGraph['groups'] } & Parts>();

export function sideBySide(graph: BuildGraph): BuildGraph {
  const before = known.get(graph.nodes);
  if (before?.of === graph.groups)
    return before.nodes === graph.nodes
      ? graph
      : { ...graph, nodes: before.nodes, groups: before.groups };
  const parts = split(graph);
  known.set(graph.nodes, { of: graph.groups, ...parts });
  return parts.nodes === graph.nodes ? graph : { ...graph, ...parts };
}

function split({ nodes, groups }: BuildGraph): Parts {
  const platforms = new Map<GroupId, Set<string>>();
  const all = new Set<string>();
  for (const node of nodes) {
    const { group } = node;
    const platform = runsOn(node);
    if (group === undefined || platform === undefined) continue;
    all.add(platform);
    const found = platforms.get(group);
    if (found === undefined) platforms.set(group, new Set([platform]));
    else found.add(platform);
  }
  if (all.size < 2) return { nodes, groups };
  const isSplit = (group: GroupId): boolean => (platforms.get(group)?.size ?? 0) > 1;
  return {
    groups: groups.flatMap((group): readonly GraphGroup[] => {
      const own = [...(platforms.get(group.id) ?? [])];
      if (own.length === 0) return [group];
      return own.map((platform) => ({
        ...group,
        id: isSplit(group.id) ? groupId(group.id, platform) : group.id,
        name: `${group.name} · ${platform}`,
      }));
    }),
    nodes: nodes.map((node) => {
      const { group } = node;
      const platform = runsOn(node);
      if (group === undefined || platform === undefined || !isSplit(group)) return node;
      return { ...node, group: groupId(group, platform) };
    }),
  };
}

/** NUL cannot stand in a name, so the parts never run together. */
const groupId = (group: GroupId, platform: string): GroupId => `${group}\0${platform}`;

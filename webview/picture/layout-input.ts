/** Turns a build graph into what a layout needs: sizes, groups and one edge per relation. */
import type { BuildGraph, EdgeKind, NodeId } from '../../proto/model/build-graph';
import { CARD, cardWidth } from './card';
import { displayText } from './display-text';
import type { TextMeasure } from './display-text';
import type { Direction, LayoutEdge, LayoutInput, OldPlaces, Room } from './layout';

/** Room inside a group: its label stands in the upper part. */
export const GROUP_PADDING = { top: 34, side: 14, bottom: 14 } as const;

/** An edge of the picture; several uses of one kind (two COPY of one stage) share it. */
export type PictureEdge = LayoutEdge & { readonly labels: readonly string[] };

/** The edges in node order; inputs that are not in the graph are left out. */
export function pictureEdges(graph: BuildGraph): readonly PictureEdge[] {
  const known = new Set(graph.nodes.map((node) => node.id));
  const edges = new Map<string, PictureEdge>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!known.has(input.node)) continue;
      const id = edgeId(input.node, node.id, input.kind);
      const labels = [...(edges.get(id)?.labels ?? []), ...(input.label ? [input.label] : [])];
      edges.set(id, { id, from: input.node, to: node.id, kind: input.kind, labels });
    }
  }
  return [...edges.values()];
}

/** NUL cannot stand in a node id that came from a name, so the parts never run together. */
function edgeId(from: NodeId, to: NodeId, kind: EdgeKind): string {
  return `${kind}\0${from}\0${to}`;
}

export type CardRoom = {
  /** Of every card; what suits the graph's titles when left out. */
  readonly width?: number | undefined;
  /** As in {@link LayoutInput}. */
  readonly room?: Room | undefined;
};

/**
 * Groups without nodes are left out; a node whose group is unknown stands alone.
 */
export function layoutInput(
  graph: BuildGraph,
  measure: TextMeasure,
  previous?: OldPlaces,
  direction?: Direction,
  { width = cardWidth(graph, measure), room }: CardRoom = {},
): LayoutInput {
  const used = new Set(graph.nodes.map((node) => node.group));
  const lines = new Map<string, number>();
  for (const { group, ranges } of graph.nodes) {
    const line = ranges[0]?.start.line;
    if (group !== undefined && line !== undefined)
      lines.set(group, Math.min(line, lines.get(group) ?? line));
  }
  // In the order of the file, so that pictures read like it.
  const groups = graph.groups
    // A role says what a step is for; its steps stand all over the graph.
    .filter((group) => used.has(group.id) && group.kind !== 'role')
    .sort((a, b) => (lines.get(a.id) ?? 0) - (lines.get(b.id) ?? 0));
  const known = new Set(groups.map((group) => group.id));
  return {
    nodes: graph.nodes.map((node) => ({
      id: node.id,
      width,
      height: CARD.height,
      ...(node.group !== undefined && known.has(node.group) ? { group: node.group } : {}),
    })),
    groups: groups.map((group) => ({
      id: group.id,
      // A longer name is cut: what stands below it decides how wide a stage is.
      labelWidth: Math.min(width, Math.ceil(measure(displayText(group.name), 'group'))),
    })),
    edges: pictureEdges(graph).map(({ id, from, to, kind }) => ({ id, from, to, kind })),
    ...(direction === undefined ? {} : { direction }),
    ...(room === undefined ? {} : { room }),
    ...(previous !== undefined && previous.nodes.size > 0 ? { previous } : {}),
  };
}

/** Says whether two inputs ask for the same picture, old places aside. */
export function sameLayoutInput(a: LayoutInput, b: LayoutInput): boolean {
  return (
    a.direction === b.direction &&
    JSON.stringify([a.room, a.nodes, a.groups, a.edges]) ===
      JSON.stringify([b.room, b.nodes, b.groups, b.edges])
  );
}

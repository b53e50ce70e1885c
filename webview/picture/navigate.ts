/** Where the arrow keys lead: along the edges up and down, along a row left and right. */
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import type { Box, Direction as Flow, Layout } from './layout';

export type Direction = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/** The node that a key leads to from `from`; undefined where there is none. */
export function neighbour(
  graph: BuildGraph,
  drawn: Layout,
  from: NodeId,
  key: Direction,
  flow: Flow = 'down',
): NodeId | undefined {
  // What is drawn to the right is the same picture turned.
  const layout = flow === 'right' ? turned(drawn) : drawn;
  const direction = flow === 'right' ? turnedKeys[key] : key;
  switch (direction) {
    case 'first':
      return extreme(layout, (a, b) => a.y - b.y || a.x - b.x);
    case 'last':
      return extreme(layout, (a, b) => b.y - a.y || b.x - a.x);
    case 'up':
      return nearest(layout, from, inputsOf(graph, from));
    case 'down':
      return nearest(layout, from, usersOf(graph, from));
    case 'left':
    case 'right':
      return beside(layout, from, direction);
  }
}

const turnedKeys: Readonly<Record<Direction, Direction>> = {
  up: 'left',
  down: 'right',
  left: 'up',
  right: 'down',
  first: 'first',
  last: 'last',
};

function turned(layout: Layout): Layout {
  const nodes = new Map<NodeId, Box>();
  for (const [id, { x, y, width, height }] of layout.nodes)
    nodes.set(id, { x: y, y: x, width: height, height: width });
  return { ...layout, nodes };
}

/** A node's inputs, the ones it builds on before those it copies from or mounts. */
export function inputsOf(graph: BuildGraph, id: NodeId): readonly NodeId[] {
  const inputs = graph.nodes.find((node) => node.id === id)?.inputs ?? [];
  const main = inputs.filter((input) => input.kind === 'input');
  const others = inputs.filter((input) => input.kind !== 'input');
  return [...new Set([...main, ...others].map((input) => input.node))];
}

/** The nodes that use `id`, those that build on it first. */
export function usersOf(graph: BuildGraph, id: NodeId): readonly NodeId[] {
  const uses = graph.nodes.flatMap((node) =>
    node.inputs.flatMap((input) =>
      input.node === id ? [{ node: node.id, kind: input.kind }] : [],
    ),
  );
  const main = uses.filter((use) => use.kind === 'input');
  const others = uses.filter((use) => use.kind !== 'input');
  return [...new Set([...main, ...others].map((use) => use.node))];
}

function extreme(layout: Layout, order: (a: Box, b: Box) => number): NodeId | undefined {
  return [...layout.nodes].sort(([, a], [, b]) => order(a, b))[0]?.[0];
}

const centre = (box: Box): number => box.x + box.width / 2;

/** The candidate whose column is nearest; the earlier one where two are equally near. */
function nearest(layout: Layout, from: NodeId, candidates: readonly NodeId[]): NodeId | undefined {
  const here = layout.nodes.get(from);
  if (here === undefined) return candidates[0];
  let best: NodeId | undefined;
  let shortest = Infinity;
  for (const id of candidates) {
    const box = layout.nodes.get(id);
    if (box === undefined) continue;
    const distance = Math.abs(centre(box) - centre(here));
    if (distance < shortest) {
      shortest = distance;
      best = id;
    }
  }
  return best;
}

/** The next node to one side: in the same row if there is one, else the nearest column beyond. */
function beside(layout: Layout, from: NodeId, side: 'left' | 'right'): NodeId | undefined {
  const here = layout.nodes.get(from);
  if (here === undefined) return undefined;
  const sign = side === 'right' ? 1 : -1;
  let best: NodeId | undefined;
  let lowest = Infinity;
  for (const [id, box] of layout.nodes) {
    const across = (centre(box) - centre(here)) * sign;
    if (id === from || across <= box.width / 2) continue;
    // A row away weighs more than any distance within the row would.
    const away = Math.abs(box.y - here.y);
    const cost = across + (away < box.height ? 0 : away * 4);
    if (cost < lowest) {
      lowest = cost;
      best = id;
    }
  }
  return best;
}

/**
 * Layouts by the Eclipse Layout Kernel (elkjs): our input as an ELK graph, and ELK's answer as our
 * layout. Running ELK is the caller's business.
 */
import type { EdgeKind } from '../../proto/model/build-graph';
import { arrayOf, isNumber, isString, object } from '../../proto/messages/validate';
import type { Guard } from '../../proto/messages/validate';
import { GROUP_PADDING } from './layout-input';
import type { Box, Layout, LayoutGroup, LayoutInput, LayoutNode, Point } from './layout';
import { endsOf, portShare } from './ports';
import type { Ends, PortSide } from './ports';

type ElkOptions = Readonly<Record<string, string>>;

/** The parts of ELK's JSON graph that we write. */
export type ElkInputNode = {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly layoutOptions?: ElkOptions;
  readonly ports?: readonly ElkInputPort[];
  readonly children?: readonly ElkInputNode[];
  readonly edges?: readonly ElkInputEdge[];
};
type ElkInputPort = { readonly id: string; readonly layoutOptions: ElkOptions } & Point;
type ElkInputEdge = {
  readonly id: string;
  readonly sources: readonly [string];
  readonly targets: readonly [string];
  readonly layoutOptions?: ElkOptions;
};

/** From top to bottom: build graphs are chains, many times as long as wide. */
const rootOptions: ElkOptions = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': '[top=24,left=24,bottom=24,right=24]',
  'elk.spacing.componentComponent': '40',
};

/** What holds inside groups as well: ELK does not hand these down. */
const everywhere: ElkOptions = {
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '32',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '12',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'NONE',
  'elk.layered.nodePlacement.bk.edgeStraightening': 'IMPROVE_STRAIGHTNESS',
};

/** Ties follow the file: the definition's order is the one people wrote. */
const modelOrder: ElkOptions = { 'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES' };

/** Keeps the order of nodes that stood somewhere before, so that an edit moves little. */
const stableOptions: ElkOptions = { 'elk.layered.crossingMinimization.semiInteractive': 'true' };

/**
 * The most compact and straight placement. It is dear where edges are many: 0.5–2 s of CPU up to
 * 200 nodes of a Dockerfile with 1.5 edges each, but 5 s for 50 nodes of a closure with 4 each.
 */
const sparseOptions: ElkOptions = { 'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX' };
const isSparse = (input: LayoutInput): boolean =>
  input.edges.length <= 350 && input.edges.length <= 2 * input.nodes.length;

/** Good enough and far cheaper where ELK's defaults take seconds. */
const largeOptions: ElkOptions = {
  'elk.layered.thoroughness': '1',
  'elk.layered.crossingMinimization.greedySwitchHierarchical.type': 'OFF',
};
const LARGE = 100;

const groupOptions = (group: LayoutGroup, common: ElkOptions): ElkOptions => ({
  ...common,
  'elk.padding': `[top=${GROUP_PADDING.top},left=${GROUP_PADDING.side},bottom=${GROUP_PADDING.bottom},right=${GROUP_PADDING.side}]`,
  'elk.nodeSize.constraints': 'MINIMUM_SIZE',
  'elk.nodeSize.minimum': `(${group.labelWidth + 2 * GROUP_PADDING.side},0)`,
});

/** Main lines run straight before side lines do. */
const straightness: Readonly<Record<EdgeKind, ElkOptions>> = {
  input: { 'elk.layered.priority.straightness': '10', 'elk.layered.priority.direction': '10' },
  copy: {},
  mount: {},
};

/** ELK's ids share one name space; ours are told apart by a prefix. */
const nodeKey = (id: string): string => `n${id}`;
const groupKey = (id: string): string => `g${id}`;

const portKey = (id: string, side: PortSide, kind: EdgeKind): string => `p${side} ${kind} ${id}`;

/** The ports a node needs. */
function portsOf(node: LayoutNode, ends: Ends): readonly ElkInputPort[] {
  return (['in', 'out'] as const).flatMap((side) =>
    [...ends[side]].map((kind) => ({
      id: portKey(node.id, side, kind),
      x: node.width * portShare(ends, side, kind),
      y: side === 'in' ? 0 : node.height,
      layoutOptions: { 'elk.port.side': side === 'in' ? 'NORTH' : 'SOUTH' },
    })),
  );
}

export type ElkWishes = {
  /**
   * Whether ties follow the order of the file. ELK 0.12 fails on some graphs of nested groups when
   * they do, with an error of its own code and no other option changing that.
   */
  readonly fileOrder: boolean;
};

export function toElk(input: LayoutInput, wishes: ElkWishes = { fileOrder: true }): ElkInputNode {
  const common = wishes.fileOrder ? { ...everywhere, ...modelOrder } : everywhere;
  const members = new Map<string, LayoutNode[]>();
  for (const node of input.nodes) {
    if (node.group === undefined) continue;
    const list = members.get(node.group);
    if (list === undefined) members.set(node.group, [node]);
    else list.push(node);
  }
  const groups = new Map(input.groups.map((group) => [group.id, group]));
  const ends = endsOf(input.edges);
  const leaf = (node: LayoutNode): ElkInputNode => {
    const place = input.previous?.nodes.get(node.id);
    return {
      id: nodeKey(node.id),
      width: node.width,
      height: node.height,
      ports: portsOf(node, ends(node.id)),
      layoutOptions: {
        'elk.portConstraints': 'FIXED_POS',
        ...(place === undefined ? {} : { 'elk.position': `(${place.x},${place.y})` }),
      },
    };
  };
  // A group stands where its first node stands in definition order.
  const children: ElkInputNode[] = [];
  const opened = new Set<string>();
  for (const node of input.nodes) {
    const group = node.group === undefined ? undefined : groups.get(node.group);
    if (group === undefined) children.push(leaf(node));
    else if (!opened.has(group.id)) {
      opened.add(group.id);
      children.push({
        id: groupKey(group.id),
        layoutOptions: groupOptions(group, common),
        children: (members.get(group.id) ?? []).map(leaf),
      });
    }
  }
  return {
    id: 'root',
    layoutOptions: {
      ...rootOptions,
      ...common,
      ...(input.previous === undefined ? {} : stableOptions),
      ...(isSparse(input) ? sparseOptions : {}),
      ...(input.nodes.length > LARGE ? largeOptions : {}),
    },
    children,
    edges: input.edges.map((edge) => ({
      id: edge.id,
      sources: [portKey(edge.from, 'out', edge.kind)],
      targets: [portKey(edge.to, 'in', edge.kind)],
      layoutOptions: straightness[edge.kind],
    })),
  };
}

/** The parts of ELK's answer that we read. */
export type ElkResult = {
  readonly id: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly children?: readonly ElkResult[];
  readonly edges?: readonly ElkResultEdge[];
};
type ElkResultEdge = {
  readonly id: string;
  readonly sections?: readonly {
    readonly startPoint: Point;
    readonly endPoint: Point;
    readonly bendPoints?: readonly Point[];
  }[];
};

export function fromElk(result: ElkResult): Layout {
  const nodes = new Map<string, Box>();
  const groups = new Map<string, Box>();
  const edges = new Map<string, readonly Point[]>();
  const visit = (element: ElkResult): void => {
    for (const child of element.children ?? []) {
      const { x = 0, y = 0, width = 0, height = 0 } = child;
      (child.id.startsWith('g') ? groups : nodes).set(child.id.slice(1), { x, y, width, height });
      visit(child);
    }
    for (const edge of element.edges ?? []) {
      edges.set(
        edge.id,
        (edge.sections ?? []).flatMap((section) => [
          section.startPoint,
          ...(section.bendPoints ?? []),
          section.endPoint,
        ]),
      );
    }
  };
  visit(result);
  return { width: result.width ?? 0, height: result.height ?? 0, nodes, groups, edges };
}

type ElkAnswer = { readonly id: number } & (
  { readonly graph: ElkResult } | { readonly error: string }
);

const isAnyObject: Guard<object> = (value) => typeof value === 'object' && value !== null;
const isPoint = object<Point>({ x: isNumber, y: isNumber });
const isResultEdge = object<ElkResultEdge>(
  { id: isString },
  {
    sections: arrayOf(
      object<NonNullable<ElkResultEdge['sections']>[number]>(
        { startPoint: isPoint, endPoint: isPoint },
        { bendPoints: arrayOf(isPoint) },
      ),
    ),
  },
);
const isResult: Guard<ElkResult> = (value): value is ElkResult => isElement(value);
const isElement = object<ElkResult>(
  { id: isString },
  {
    x: isNumber,
    y: isNumber,
    width: isNumber,
    height: isNumber,
    children: arrayOf(isResult),
    edges: arrayOf(isResultEdge),
  },
);
const isReply = object<{ id: number; data: ElkResult }>({ id: isNumber, data: isResult });
const isFailure = object<{ id: number; error: object }>({ id: isNumber, error: isAnyObject });
const isMessage = object<{ message: string }>({ message: isString });

/** What ELK's worker answered to a layout request; undefined for its other messages. */
export function elkAnswer(value: unknown): ElkAnswer | undefined {
  if (isReply(value)) return { id: value.id, graph: value.data };
  if (!isFailure(value)) return undefined;
  const { error } = value;
  return { id: value.id, error: isMessage(error) ? error.message : 'ELK failed' };
}

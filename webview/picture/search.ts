/**
 * Finding steps: words that must all stand in a step's name, error or details, and `field:value` for
 * its state, kind, stage or platform (`status:failed kind:exec stage:build platform:arm64`), for what
 * a build would do now (`now:run`), for what saving a file makes run (`save:runs`) and for what differs since the last one (`since:changed`).
 */
import type { BuildGraph, GraphNode, NodeId } from '../../proto/model/build-graph';
import { statusOf } from './describe';

type Condition = (node: GraphNode, graph: BuildGraph) => boolean;

const fields: ReadonlyMap<string, (node: GraphNode, graph: BuildGraph) => string> = new Map([
  ['status', (node, graph) => statusOf(graph, node.id).state],
  ['kind', (node) => node.kind],
  ['stage', (node, graph) => graph.groups.find(({ id }) => id === node.group)?.name ?? ''],
  ['platform', (node) => node.platform ?? ''],
  ['now', (node, graph) => statusOf(graph, node.id).prediction?.outcome ?? ''],
  ['save', (node, graph) => (statusOf(graph, node.id).prediction?.onSave ? 'runs' : '')],
  ['since', (node, graph) => statusOf(graph, node.id).difference?.kind ?? ''],
]);

/** The steps that a query finds, in definition order; undefined when it asks for nothing. */
export function search(graph: BuildGraph, query: string): readonly NodeId[] | undefined {
  const conditions = conditionsOf(query);
  if (conditions.length === 0) return undefined;
  return graph.nodes
    .filter((node) => conditions.every((condition) => condition(node, graph)))
    .map(({ id }) => id);
}

/** The steps that differ from the build before, in definition order. */
export const differing = ({ nodes, status }: BuildGraph): readonly NodeId[] =>
  nodes.flatMap(({ id }) => (status[id]?.difference === undefined ? [] : [id]));

/** Words in quotes stay together. */
function conditionsOf(query: string): readonly Condition[] {
  const words = query.toLowerCase().match(/"[^"]*"?|\S+/g) ?? [];
  return words.flatMap((word): readonly Condition[] => {
    const [, name = '', value = ''] = /^([a-z]+):(.*)$/.exec(word) ?? [];
    const field = fields.get(name);
    if (field !== undefined)
      return value === ''
        ? []
        : [(node, graph) => field(node, graph).toLowerCase().includes(value)];
    const text = word.replaceAll('"', '');
    return text === '' ? [] : [(node, graph) => textOf(node, graph).includes(text)];
  });
}

function textOf(node: GraphNode, graph: BuildGraph): string {
  return [
    node.fullName,
    node.digest,
    statusOf(graph, node.id).error ?? '',
    ...node.details.map(({ value }) => value),
  ]
    .join('\n')
    .toLowerCase();
}

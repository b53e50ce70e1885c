/** Nodes in words: the second line of a card and the name that assistive technology reads. */
import type { BuildGraph, GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { displayText } from './display-text';
import { counted } from './texts';
import type { Texts } from './texts';
import { bytesText } from '../../proto/model/byte-size';
import { durationText, elapsed } from './units';

const unbuilt: NodeStatus = { state: 'unknown' };

/** A node's status; one that the graph says nothing about has not been built. */
export function statusOf(graph: BuildGraph, id: string): NodeStatus {
  return Object.hasOwn(graph.status, id) ? (graph.status[id] ?? unbuilt) : unbuilt;
}

/** What a source brought, in bytes; other kinds count items, or nothing. */
function bytesOf({ kind }: GraphNode, { progress = [] }: NodeStatus): number {
  if (kind !== 'image' && kind !== 'local' && kind !== 'git' && kind !== 'http') return 0;
  return progress.reduce((sum, { current, total }) => sum + Math.max(current, total), 0);
}

/**
 * What a node's card says below its title, part by part.
 * @param steps how many steps it stands for, where it is a closed stage or a run
 * @param platform what to say of its platform, its name when left out
 */
export function statusParts(
  node: GraphNode,
  status: NodeStatus,
  now: number,
  texts: Texts,
  steps?: number,
  platform = node.platform === undefined ? '' : displayText(node.platform),
): readonly string[] {
  const time = elapsed(status, now);
  const bytes = bytesOf(node, status);
  return [
    ...(status.stops === undefined ? [] : [texts('node.stops', stopped(status.stops))]),
    texts(`state.${status.state}`),
    ...(time === undefined ? outlook(status, texts) : [durationText(time, texts)]),
    ...(time === undefined ? [] : before(status, texts)),
    ...(steps === undefined ? [] : [counted(texts, 'summary.steps', steps)]),
    ...(bytes === 0 ? [] : [bytesText(bytes)]),
    ...(platform === '' ? [] : [platform]),
    ...(node.uncertain ? [texts('node.uncertain')] : []),
    ...(status.matchedByName === true ? [texts('node.matchedByName')] : []),
    ...(time === undefined ? [] : outlook(status, texts)),
    ...(status.difference?.kind === 'added' || status.difference?.kind === 'changed'
      ? [texts('difference.mark')]
      : []),
    ...(status.fromLastBuild === true ? [texts('node.fromLastBuild')] : []),
  ];
}

const stopped = (threads: readonly string[]): string => threads.map(displayText).join(', ');

/** That another build had begun it. */
function before({ started, joined }: NodeStatus, texts: Texts): readonly string[] {
  if (started === undefined || joined === undefined) return [];
  return [texts('node.joined', durationText(joined - started, texts))];
}

/** What a build would do now, where that is not what the state says already. */
function outlook({ state, prediction }: NodeStatus, texts: Texts): readonly string[] {
  if (prediction === undefined) return [];
  if (state === 'predicted-run' && prediction.duration !== undefined)
    return [texts('prediction.about', durationText(prediction.duration, texts))];
  if (state.startsWith('predicted') || (state !== 'unknown' && prediction.outcome === 'cached'))
    return [];
  if (state === 'unknown' && prediction.outcome === 'unknown') return [];
  return [texts(`prediction.next.${prediction.outcome}`)];
}

/** Where a node stands in its group, for labels. */
export type Place = { readonly group: string; readonly step: number; readonly steps: number };

/** The place of every node that is in a group. */
export function placesInGroups(graph: BuildGraph): ReadonlyMap<string, Place> {
  const names = new Map(graph.groups.map((group) => [group.id, displayText(group.name)]));
  const counts = new Map<string, number>();
  for (const { group } of graph.nodes)
    if (group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
  const seen = new Map<string, number>();
  const places = new Map<string, Place>();
  for (const { id, group } of graph.nodes) {
    const name = group === undefined ? undefined : names.get(group);
    if (group === undefined || name === undefined) continue;
    const step = (seen.get(group) ?? 0) + 1;
    seen.set(group, step);
    places.set(id, { group: name, step, steps: counts.get(group) ?? step });
  }
  return places;
}

/** What a node is called; the rest of a large graph has no name of its own. */
export const nameOf = ({ name }: GraphNode, steps: number | undefined, texts: Texts): string =>
  name === '' && steps !== undefined ? texts('fold.rest.name', steps) : displayText(name);

/** A node in one sentence: what it is, where it stands, how it went. */
export function nodeLabel(
  node: GraphNode,
  status: NodeStatus,
  place: Place | undefined,
  now: number,
  texts: Texts,
  steps?: number,
): string {
  const parts = [
    nameOf(node, steps, texts),
    texts(`kind.${node.kind}`),
    ...(place === undefined ? [] : [texts('node.stage', place.group, place.step, place.steps)]),
    ...(steps === undefined ? [] : [texts('node.closed')]),
    ...statusParts(node, status, now, texts, steps),
    ...(status.warnings === undefined || status.warnings.length === 0
      ? []
      : [counted(texts, 'node.warnings', status.warnings.length)]),
    ...(node.inputs.length === 0 ? [] : [counted(texts, 'node.inputs', node.inputs.length)]),
  ];
  return parts.join(', ');
}

/** The whole graph in one line: how many steps, and how many of them went which way. */
export function summary(graph: BuildGraph, texts: Texts): string {
  const counts = { cached: 0, done: 0, running: 0, failed: 0 };
  for (const node of graph.nodes) {
    const { state } = statusOf(graph, node.id);
    if (state === 'cached' || state === 'done' || state === 'running' || state === 'failed')
      counts[state] += 1;
  }
  const parts = (['running', 'failed', 'cached', 'done'] as const).flatMap((state) =>
    counts[state] > 0 ? [texts(`summary.${state}`, counts[state])] : [],
  );
  return [counted(texts, 'summary.steps', graph.nodes.length), ...parts].join(' · ');
}

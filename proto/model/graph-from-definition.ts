/**
 * Makes a static BuildGraph from definitions: one node per op, the terminal op's inputs as results.
 *
 * An edit mostly leaves nearly all of the last graph as it was; `graph-again.ts` makes it from that.
 */
import type { BuildGraph, GraphGroup, GraphSource, NodeId } from './build-graph';
import type { Definition, DefinitionOp } from './definition';
import type { Digest } from './digest';
import { graphAgain } from './graph-again';
import { graphEdited } from './graph-edited';
import { finishNode, type Draft, type NodeParts } from './graph-node';
import {
  GraphMemo,
  keptOf,
  type Collected,
  type GraphOptions,
  type Kept,
  type Origin,
} from './kept-graph';
import { neutralDigests } from './neutral-digest';
import { carriedIds, freshIds } from './node-ids';

export { GraphMemo, type GraphOptions } from './kept-graph';

/**
 * Several definitions (one per platform) become one graph; equal ops become one node.
 * @param before the last graph of the same file and what was kept of it: nodes keep their ids, and
 *   those that have not changed are the same objects
 */
export function graphFromDefinitions(
  definitions: readonly Definition[],
  options: GraphOptions = {},
  before?: { readonly graph: BuildGraph; readonly memo: GraphMemo },
): BuildGraph {
  const memo = before?.memo ?? new GraphMemo();
  const edited = before && graphEdited(definitions, options, memo, before.graph);
  if (edited !== undefined) {
    memo.last = edited.kept;
    return edited.graph;
  }
  const collected = collect(definitions, options);
  const again = before && graphAgain(collected, options, memo, before.graph);
  const { graph, kept } = again ?? whole(collected, options, memo.parts, before?.graph);
  memo.last = kept;
  return graph;
}

function collect(definitions: readonly Definition[], { uris }: GraphOptions): Collected {
  const sources: GraphSource[] = [];
  const numberOf = (filename: string, language: string): number => {
    const known = sources.findIndex((source) => source.filename === filename);
    if (known >= 0) return known;
    const uri = uris?.[filename];
    return sources.push({ filename, language, ...(uri === undefined ? {} : { uri }) }) - 1;
  };
  const origins = definitions.map((definition) => ({
    definition,
    sourceIndex: definition.sources.map(({ filename, language }) => numberOf(filename, language)),
    end: 0,
  }));
  const ops: DefinitionOp[] = [];
  const seen = new Set<Digest>();
  const results = new Set<Digest>();
  // The ops of one definition that our compiler made differ from each other.
  const repeats = (op: DefinitionOp): boolean => {
    if (definitions.length === 1 && op.notes !== undefined) return false;
    return seen.size === seen.add(op.digest).size;
  };
  for (const origin of origins) {
    for (const op of origin.definition.ops) {
      if (op.op.op.kind !== 'terminal') {
        if (!repeats(op)) ops.push(op);
      } else for (const { digest } of op.op.inputs) results.add(digest);
    }
    origin.end = ops.length;
  }
  const empty: Origin = { definition: noDefinition, sourceIndex: [] };
  const originOf = (index: number): Origin => origins.find(({ end }) => index < end) ?? empty;
  return { ops, originOf, results, sources, definitions };
}

const noDefinition: Definition = {
  ops: [],
  metadata: new Map(),
  locations: new Map(),
  sources: [],
};

function whole(
  { ops, originOf, results, sources, definitions }: Collected,
  options: GraphOptions,
  parts: NodeParts,
  previous: BuildGraph | undefined,
): { readonly graph: BuildGraph; readonly kept: Kept } {
  const neutral = neutralDigests({ ops });
  const places = new Map<Digest, number>();
  const groups = new Map<string, GraphGroup>();
  const drafts = ops.map((op, index): Draft => {
    const { definition, sourceIndex } = originOf(index);
    const own = neutral.get(op.digest) ?? op.digest;
    places.set(op.digest, index);
    const draft = parts.draft(definition, op, own, sourceIndex, options);
    const { group } = draft;
    if (group !== undefined && !groups.has(group.id)) groups.set(group.id, group);
    return draft;
  });
  const nameless = drafts.map(({ node }) => node);
  const ids =
    previous === undefined ? nameless.map(freshIds()) : carriedIds(previous.nodes, nameless);
  const idOf = (digest: Digest): NodeId | undefined => ids[places.get(digest) ?? -1];
  const known = new Map(previous?.nodes.map((node) => [node.id, node]));
  const nodes = drafts.map((draft, index) => {
    const id = ids[index] ?? '';
    return finishNode(draft, id, known.get(id), idOf);
  });
  const list = [...groups.values()];
  const isNeutral = ops.every(({ digest }) => (neutral.get(digest) ?? digest) === digest);
  const graph = {
    nodes,
    groups: list,
    sources,
    results: [...results].flatMap((digest) => idOf(digest) ?? []),
    status: {},
    notes: options.notes ?? [],
  };
  return { graph, kept: { ...graph, ...keptOf(ops, definitions), isNeutral } };
}

/**
 * The graph of a build that somebody else started, made from its status stream.
 *
 * The stream alone names steps and their inputs. What else is known of them is laid over it: the
 * build's own LLB from its record, which joins by digest, or the steps of the same Dockerfile as our
 * compiler finds them, which join by name only (session ids differ, so digests do) and are marked.
 */
import type {
  BuildGraph,
  GraphGroup,
  GraphInput,
  GraphNode,
  GraphSource,
} from '../../../proto/model/build-graph';
import { emptyGraph } from '../../../proto/model/build-graph';
import type { Digest } from '../../../proto/model/digest';
import {
  applyStatus,
  endStatus,
  joinedAt,
  type StatusUpdate,
} from '../../../proto/model/live-graph';
import type { Op } from '../../../proto/model/op';
import { nodeKind, opDetails, opEdges } from '../../../proto/model/op-details';
import { groupFromName } from '../../../proto/model/graph-node';
import { parseVertexName } from '../../../proto/model/vertex-name';
import type { Provenance, ProvenanceStep } from './provenance';

/** What is known besides the stream. */
export type Knowledge = {
  readonly provenance?: Provenance;
  /** The steps of the Dockerfile's text, by {@link plainName}. */
  readonly byName?: ReadonlyMap<string, GraphNode>;
  readonly sources: readonly GraphSource[];
  readonly notes: readonly string[];
};

export class ForeignGraph {
  /** Ids and status by digest; kinds and places are laid over it. */
  private live: BuildGraph = emptyGraph;
  private readonly inputs = new Map<Digest, readonly Digest[]>();
  /** See {@link began}. */
  private start = -Infinity;
  private knowledge: Knowledge = { sources: [], notes: [] };

  apply(update: StatusUpdate): void {
    for (const { digest, inputs } of update.vertexes) {
      if (inputs.length > 0) this.inputs.set(digest, inputs);
    }
    this.live = applyStatus(this.live, update).graph;
  }

  /** Says when the build began, by its builder's clock: some of its steps may be another build's. */
  began(start: number): void {
    this.start = start;
  }

  /** After the last message: nothing is left running. */
  end(completed: number): void {
    this.live = endStatus(this.live, completed).graph;
  }

  know(knowledge: Knowledge): void {
    this.knowledge = knowledge;
  }

  /** The op of a step, where the record keeps it. */
  op(digest: Digest): Op | undefined {
    return this.knowledge.provenance?.steps.get(digest)?.op;
  }

  /** As it stands now; nodes that were there before keep their ids. */
  graph(): BuildGraph {
    const { provenance, byName, sources, notes } = this.knowledge;
    const ids = new Map(this.live.nodes.map((node) => [node.digest, node.id]));
    const groups = new Map<string, GraphGroup>();
    const status = Object.fromEntries(
      Object.entries(this.live.status).map(([id, one]) => [id, joinedAt(one, this.start)]),
    );
    const nodes = inOrder(this.live.nodes, this.inputs).map((node): GraphNode => {
      const step = provenance?.steps.get(node.digest);
      const namesake = step === undefined ? byName?.get(plainName(node.fullName)) : undefined;
      if (namesake !== undefined) {
        status[node.id] = { ...(status[node.id] ?? { state: 'unknown' }), matchedByName: true };
      }
      const group = groupFromName(parseVertexName(node.fullName));
      if (group !== undefined) groups.set(group.id, group);
      return {
        ...node,
        ...(group === undefined ? {} : { group: group.id }),
        inputs: edges(step, this.inputs.get(node.digest) ?? [], ids),
        ...(step?.op === undefined
          ? namesake !== undefined && { kind: namesake.kind, details: namesake.details }
          : { kind: nodeKind(step.op.op), details: opDetails(step.op.op) }),
        ranges:
          step?.places.flatMap(({ source, ranges }) =>
            ranges.map((range) => ({ source, ...range })),
          ) ??
          namesake?.ranges ??
          [],
      };
    });
    const used = new Set(nodes.flatMap((node) => node.inputs.map((input) => input.node)));
    return {
      nodes,
      groups: [...groups.values()],
      sources,
      results: nodes
        .filter((node) => !node.internal && node.inputs.length > 0 && !used.has(node.id))
        .map((node) => node.id),
      status,
      notes,
    };
  }
}

/**
 * A step's name as it can be known without asking a registry: a base image's digest is in the name
 * that BuildKit shows, and not in the one that is found offline.
 */
export function plainName(fullName: string): string {
  return fullName.replace(/@sha256:[0-9a-f]{64}/g, '');
}

/** The op says how it uses each input; the stream only that it does. */
function edges(
  step: ProvenanceStep | undefined,
  inputs: readonly Digest[],
  ids: ReadonlyMap<Digest, string>,
): GraphInput[] {
  const seen = new Set<string>();
  const drawn: readonly {
    readonly digest: Digest | undefined;
    readonly edge: Omit<GraphInput, 'node'>;
  }[] =
    step?.op === undefined
      ? inputs.map((digest) => ({ digest, edge: { kind: 'input' } }))
      : opEdges(step.op).map(({ input, ...edge }) => ({ digest: step.inputs[input], edge }));
  return drawn.flatMap(({ digest, edge }) => {
    const node = digest === undefined ? undefined : ids.get(digest);
    const key = JSON.stringify([node, edge]);
    if (node === undefined || seen.has(key)) return [];
    seen.add(key);
    return [{ node, ...edge }];
  });
}

/** Inputs before their users, else as they came. */
function inOrder(
  nodes: readonly GraphNode[],
  inputs: ReadonlyMap<Digest, readonly Digest[]>,
): GraphNode[] {
  const byDigest = new Map(nodes.map((node) => [node.digest, node]));
  const ordered: GraphNode[] = [];
  const entered = new Set<GraphNode>();
  // A stack of its own: chains of steps may be longer than the call stack.
  const waiting: { readonly node: GraphNode; next: number }[] = [];
  const enter = (node: GraphNode | undefined): void => {
    if (node === undefined || entered.has(node)) return;
    entered.add(node);
    waiting.push({ node, next: 0 });
  };
  for (const start of nodes) {
    enter(start);
    for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
      const digest = inputs.get(top.node.digest)?.[top.next++];
      if (digest !== undefined) enter(byDigest.get(digest));
      else {
        ordered.push(top.node);
        waiting.pop();
      }
    }
  }
  return ordered;
}

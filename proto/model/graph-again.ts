/**
 * The graph of an edited file, made from the last one.
 *
 * Our compiler hands on what it did not make anew: an op of an unchanged step is the same object, or
 * has the same {@link OpKind} and metadata where only its inputs' digests or its place in the text
 * are others. So such ops keep their nodes, or get a copy with the new digest. Whatever does not fit
 * is left to a graph made as a whole, so this decides how much is done again, never what comes out.
 */
import type { BuildGraph, GraphGroup, GraphNode, NodeId } from './build-graph';
import type { DefinitionOp } from './definition';
import type { Digest } from './digest';
import {
  finishNode,
  isSameStep,
  nodeInputs,
  renewedNode,
  sameDetails,
  sameInputs,
  type Draft,
} from './graph-node';
import { keptOf, type Collected, type GraphMemo, type GraphOptions, type Kept } from './kept-graph';
import { namesSession } from './neutral-digest';
import { carriedIds } from './node-ids';
import type { OpKind } from './op';

/** Undefined when the graph is to be made as a whole. */
export function graphAgain(
  collected: Collected,
  options: GraphOptions,
  memo: GraphMemo,
  previous: BuildGraph,
): { readonly graph: BuildGraph; readonly kept: Kept } | undefined {
  const { last } = memo;
  if (!last.isNeutral || last.nodes !== previous.nodes) return undefined;
  const { sources } = collected;
  if (sources.length !== last.sources.length) return undefined;
  if (sources.some(({ filename }, index) => filename !== last.sources[index]?.filename)) {
    return undefined;
  }
  return new Again(collected, options, memo, previous).graph();
}

/** So many digests are searched for in the list. */
const few = 4;

class Again {
  private readonly ops: readonly DefinitionOp[];
  private readonly last: Kept;
  /** For each op the place of its node in the last graph; -1 for one that is new. */
  private readonly before: Int32Array;
  private readonly nodes: GraphNode[] = [];
  /** Those of new ops, by place. */
  private readonly drafts = new Map<number, Draft>();
  /** Where ops are that have other digests than the last graph's. */
  private readonly changed = new Map<Digest, number>();
  private lastPlaces: ReadonlyMap<OpKind, number> | undefined;
  private allPlaces: ReadonlyMap<Digest, number> | undefined;
  private asked = 0;

  constructor(
    private readonly collected: Collected,
    private readonly options: GraphOptions,
    private readonly memo: GraphMemo,
    private readonly previous: BuildGraph,
  ) {
    this.ops = collected.ops;
    this.last = memo.last;
    this.before = new Int32Array(this.ops.length);
  }

  graph(): { readonly graph: BuildGraph; readonly kept: Kept } | undefined {
    if (!this.findPlaces() || !this.renew()) return undefined;
    const { ops, nodes } = this;
    const sameShape = this.hasSameShape();
    if (!this.finish(sameShape)) return undefined;
    const { definitions, results } = this.collected;
    const { last, options } = this;
    const graph = {
      nodes,
      groups: sameShape ? last.groups : this.groups(),
      sources: last.sources,
      results: [...results].flatMap((digest) => this.idOf(digest) ?? []),
      status: {},
      notes: options.notes ?? [],
    };
    return { graph, kept: { ...graph, ...keptOf(ops, definitions), isNeutral: true } };
  }

  /** Finds each op's node; false when the last graph's order is not kept or too little of it is. */
  private findPlaces(): boolean {
    const { ops, before, last } = this;
    let expected = 0;
    let found = 0;
    for (let index = 0; index < ops.length; index++) {
      const op = ops[index];
      if (op?.notes === undefined) return false;
      let place = expected;
      if (!isSameStep(op, last.ops[place])) {
        // One that came, or one in the place of another.
        const after = last.ops[place + 1];
        place = after !== undefined && isSameStep(op, after) ? place + 1 : this.placeOf(op, index);
      }
      before[index] = place;
      if (place < 0) {
        // Another op stands in the place of one that is gone, or between two.
        if (ops.length === last.ops.length) expected = index + 1;
        continue;
      }
      if (place < expected) return false;
      expected = place + 1;
      found++;
    }
    return found * 2 >= ops.length;
  }

  private placeOf(op: DefinitionOp, index: number): number {
    const { ops } = this.last;
    // Mostly the others go on as before; then this one has taken another's place.
    const next = this.ops[index + 1];
    if (next !== undefined && isSameStep(next, ops[index + 1])) return -1;
    this.lastPlaces ??= new Map(ops.map((known, place) => [known.op.op, place]));
    const place = this.lastPlaces.get(op.op.op) ?? -1;
    return isSameStep(op, ops[place]) ? place : -1;
  }

  /** The nodes with new digests and places, but the last inputs; those of new ops have no ids yet. */
  private renew(): boolean {
    const { ops, before, last, nodes, changed, options, memo } = this;
    const { parts } = memo;
    const flags = options.uncertain?.flags;
    for (let index = 0; index < ops.length; index++) {
      const op = ops[index];
      const place = before[index] ?? -1;
      const known = last.nodes[place];
      const old = last.ops[place];
      if (op === undefined) return false;
      if (known === undefined || old === undefined) {
        if (namesSession(op)) return false;
        const { definition, sourceIndex } = this.collected.originOf(index);
        const draft = parts.draft(definition, op, op.digest, sourceIndex, options);
        this.drafts.set(index, draft);
        nodes.push({ ...draft.node, id: '', inputs: [] });
        changed.set(op.digest, index);
        continue;
      }
      const isSource = op.op.op.kind === 'source';
      if (isSource && !sameDetails(parts.detailsOf(op.op, options), known.details)) return false;
      const uncertain =
        flags === undefined ? (options.uncertain?.has(op.digest) ?? false) : flags[index] === 1;
      if (op === old && uncertain === known.uncertain) {
        nodes.push(known);
        continue;
      }
      const { sourceIndex } = this.collected.originOf(index);
      const ranges =
        op.notes === old.notes ? known.ranges : parts.rangesOf(op.notes?.locations, sourceIndex);
      nodes.push(renewedNode(known, op.digest, ranges, uncertain));
      if (op.digest !== old.digest) changed.set(op.digest, index);
    }
    return true;
  }

  /** Whether every node has another in its place that it may follow; one may be new. */
  private hasSameShape(): boolean {
    const { ops, last, nodes, drafts, before } = this;
    if (ops.length !== last.ops.length || drafts.size > 1) return false;
    for (const index of drafts.keys()) {
      const node = nodes[index];
      const old = last.nodes[index];
      if (node?.kind !== old?.kind || node?.group !== old?.group) return false;
    }
    for (let index = 0; index < before.length; index++) {
      const place = before[index] ?? -1;
      if (place !== index && place >= 0) return false;
    }
    return true;
  }

  /** Gives new nodes their ids, and all nodes their inputs. */
  private finish(sameShape: boolean): boolean {
    const { ops, nodes, before, last } = this;
    if (!(sameShape ? this.placeNew() : this.nameNew())) return false;
    const idOf = (digest: Digest): NodeId | undefined => this.idOf(digest);
    for (let index = 0; index < nodes.length; index++) {
      const old = last.ops[before[index] ?? -1];
      const op = ops[index];
      const node = nodes[index];
      if (old === undefined || op === undefined || node === undefined || op === old) continue;
      if (this.hasSameInputs(op, old)) continue;
      const inputs = nodeInputs(this.memo.parts.edgesOf(op.op), op.op, idOf);
      if (!sameInputs(inputs, node.inputs)) nodes[index] = { ...node, inputs };
    }
    return true;
  }

  /** A new node stands for the last graph's in its place. */
  private placeNew(): boolean {
    const { last } = this;
    return this.finishNew((index) => {
      const known = last.nodes[index];
      return { id: known?.id ?? '', known };
    });
  }

  private nameNew(): boolean {
    const { nodes, before, last } = this;
    const ids = carriedIds(this.previous.nodes, nodes);
    for (let index = 0; index < nodes.length; index++) {
      const place = before[index] ?? -1;
      // An op keeps its id, whichever of its kind the names alone would make it.
      if (place >= 0 && ids[index] !== last.nodes[place]?.id) return false;
    }
    const byId = new Map(last.nodes.map((node) => [node.id, node]));
    return this.finishNew((index) => {
      const id = ids[index] ?? '';
      return { id, known: byId.get(id) };
    });
  }

  /** @param nodeOf the id of a new node, and the last graph's node that had it */
  private finishNew(
    nodeOf: (index: number) => { readonly id: NodeId; readonly known: GraphNode | undefined },
  ): boolean {
    const { nodes, last, drafts } = this;
    for (const [index, { node }] of drafts) {
      const { id } = nodeOf(index);
      const twin = last.ops.findIndex(({ digest }) => digest === node.digest);
      // Its users refer to it by its digest, so it has to be the node that they know.
      if (twin >= 0 && last.nodes[twin]?.id !== id) return false;
      nodes[index] = { ...node, id, inputs: [] };
    }
    for (const [index, draft] of drafts) {
      const { id, known } = nodeOf(index);
      nodes[index] = finishNode(draft, id, known, (digest) => this.idOf(digest));
    }
    return true;
  }

  /** Whether the inputs of an op are what became of those it had. */
  private hasSameInputs({ op: { inputs } }: DefinitionOp, { op: old }: DefinitionOp): boolean {
    if (inputs.length !== old.inputs.length) return false;
    for (let index = 0; index < inputs.length; index++) {
      const digest = inputs[index]?.digest;
      const earlier = old.inputs[index]?.digest;
      if (digest === earlier || digest === undefined) continue;
      const place = this.before[this.changed.get(digest) ?? -1] ?? -1;
      if (this.last.ops[place]?.digest !== earlier) return false;
    }
    return true;
  }

  private idOf(digest: Digest): NodeId | undefined {
    return this.nodes[this.changed.get(digest) ?? this.placeIn(digest)]?.id;
  }

  /** A table is made once it is worth it. */
  private placeIn(digest: Digest): number {
    const { ops } = this;
    if (this.allPlaces === undefined && ++this.asked <= few) {
      return ops.findIndex((op) => op.digest === digest);
    }
    this.allPlaces ??= new Map(ops.map((op, index) => [op.digest, index]));
    return this.allPlaces.get(digest) ?? -1;
  }

  /** In the order in which nodes name them. */
  private groups(): readonly GraphGroup[] {
    const known = new Map(this.last.groups.map((group) => [group.id, group]));
    for (const { group } of this.drafts.values()) {
      if (group !== undefined) known.set(group.id, group);
    }
    const groups = new Set<GraphGroup>();
    let latest: string | undefined;
    for (const node of this.nodes) {
      if (node.group === latest || node.group === undefined) continue;
      latest = node.group;
      const group = known.get(latest);
      if (group !== undefined) groups.add(group);
    }
    return [...groups];
  }
}

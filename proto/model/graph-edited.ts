/**
 * The graph of a definition that says how it differs from the last one (`DefinitionEdit`): what it
 * leaves alone is not looked at. Whatever does not fit is left to `graph-again.ts`.
 */
import type { BuildGraph, GraphNode, NodeId } from './build-graph';
import type { Definition, DefinitionOp } from './definition';
import type { Digest } from './digest';
import { finishNode, isSameStep, renewedNode, sameDetails } from './graph-node';
import type { GraphMemo, GraphOptions, Kept } from './kept-graph';
import { namesSession } from './neutral-digest';

/** Undefined when the last graph is another's, or more has changed than some of its nodes. */
export function graphEdited(
  definitions: readonly Definition[],
  options: GraphOptions,
  memo: GraphMemo,
  previous: BuildGraph,
): { readonly graph: BuildGraph; readonly kept: Kept } | undefined {
  const { last } = memo;
  const [definition] = definitions;
  const { edit } = definition ?? {};
  if (definition === undefined || edit?.before === undefined || definitions.length > 1) {
    return undefined;
  }
  if (edit.before !== last.version || !last.isNeutral || last.nodes !== previous.nodes) {
    return undefined;
  }
  if (!saysTheSame(options, memo)) return undefined;
  const ops = edit.places.length === 0 ? last.ops : definition.ops.slice(0, last.ops.length);
  const nodes = new Edited(ops, definition, options, memo).nodes(edit.places);
  if (nodes === undefined) return undefined;
  const { groups, sources, results } = last;
  const notes = options.notes ?? [];
  return {
    graph: { nodes, groups, sources, results, status: {}, notes },
    kept: { ...last, ops, nodes, version: edit.version },
  };
}

/** Whether what is said about sources besides their ops is what was said of them last time. */
function saysTheSame(options: GraphOptions, { last, parts }: GraphMemo): boolean {
  for (const place of last.sourceOps) {
    const op = last.ops[place];
    const node = last.nodes[place];
    if (op === undefined || node === undefined) return false;
    if (!sameDetails(parts.detailsOf(op.op, options), node.details)) return false;
  }
  return true;
}

class Edited {
  private made: GraphNode[] | undefined;
  private readonly sourceIndex: readonly number[];

  constructor(
    private readonly ops: readonly DefinitionOp[],
    private readonly definition: Definition,
    private readonly options: GraphOptions,
    private readonly memo: GraphMemo,
  ) {
    this.sourceIndex = memo.last.sources.map((_source, index) => index);
  }

  /** @param places of ops that are other objects than they were */
  nodes(places: readonly number[]): readonly GraphNode[] | undefined {
    const { ops, memo } = this;
    const { last } = memo;
    let replaced: number | undefined;
    for (const place of places) {
      const op = ops[place];
      // The last op of the definition is no node.
      if (op === undefined) continue;
      if (isSameStep(op, last.ops[place])) this.renew(place, op);
      else if (replaced === undefined) replaced = place;
      else return undefined;
    }
    if (replaced !== undefined && !this.replace(replaced)) return undefined;
    const nodes = this.made ?? last.nodes;
    for (let place = 0; place < ops.length; place++) {
      const op = ops[place];
      if (op !== undefined && nodes[place]?.uncertain !== this.isUncertain(place, op)) {
        this.renew(place, op);
      }
    }
    return this.made ?? last.nodes;
  }

  private isUncertain(place: number, { digest }: DefinitionOp): boolean {
    const { uncertain } = this.options;
    const flags = uncertain?.flags;
    return flags === undefined ? (uncertain?.has(digest) ?? false) : flags[place] === 1;
  }

  private put(place: number, node: GraphNode): void {
    this.made ??= this.memo.last.nodes.slice();
    this.made[place] = node;
  }

  private renew(place: number, op: DefinitionOp): void {
    const { last, parts } = this.memo;
    const node = this.made?.[place] ?? last.nodes[place];
    if (node === undefined) return;
    const ranges =
      op.notes === last.ops[place]?.notes
        ? node.ranges
        : parts.rangesOf(op.notes?.locations, this.sourceIndex);
    this.put(place, renewedNode(node, op.digest, ranges, this.isUncertain(place, op)));
  }

  /** A step in the place of another of its kind; false when it is none. */
  private replace(place: number): boolean {
    const { ops, definition, options, sourceIndex } = this;
    const { last, parts } = this.memo;
    const op = ops[place];
    const known = last.nodes[place];
    if (op === undefined || known === undefined || namesSession(op)) return false;
    // Its users refer to it by its digest, so it has to be the node that they know.
    const twin = last.ops.findIndex(({ digest }) => digest === op.digest);
    if (twin >= 0 && twin !== place) return false;
    const own = { ...options, uncertain: { has: () => this.isUncertain(place, op) } };
    const draft = parts.draft(definition, op, op.digest, sourceIndex, own);
    if (draft.node.kind !== known.kind || draft.node.group !== known.group) return false;
    const idOf = (digest: Digest): NodeId | undefined =>
      last.nodes[ops.findIndex((one) => one.digest === digest)]?.id;
    this.put(place, finishNode(draft, known.id, known, idOf));
    return true;
  }
}

/** The node of an op: finished from what is known of the op alone, and compared with the last one. */
import type { GraphGroup, GraphInput, GraphNode, NodeId, OpDetail } from './build-graph';
import type { DefinitionOp } from './definition';
import type { Digest } from './digest';
import type { Op } from './op';
import type { OpEdge } from './op-details';

/** A node before it has an id; it may hold another's. */
export type Draft = {
  readonly node: Omit<GraphNode, 'id' | 'inputs'>;
  readonly edges: readonly OpEdge[];
  readonly op: Op;
  readonly group: GraphGroup | undefined;
};

/** A draft with its id and inputs; the node of the last graph if it is no other. */
export function finishNode(
  { node, edges, op }: Draft,
  id: NodeId,
  known: GraphNode | undefined,
  idOf: (digest: Digest) => NodeId | undefined,
): GraphNode {
  const inputs = nodeInputs(edges, op, idOf);
  if (known === undefined) return { ...node, id, inputs };
  const same = sameInputs(known.inputs, inputs);
  if (
    same &&
    known.digest === node.digest &&
    known.neutralDigest === node.neutralDigest &&
    known.kind === node.kind &&
    known.fullName === node.fullName &&
    known.group === node.group &&
    known.platform === node.platform &&
    known.ranges === node.ranges &&
    sameDetails(known.details, node.details) &&
    known.uncertain === node.uncertain
  ) {
    return known;
  }
  return { ...node, id, inputs: same ? known.inputs : inputs };
}

export function sameDetails(a: readonly OpDetail[], b: readonly OpDetail[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ label, value }, index) => b[index]?.label === label && b[index].value === value))
  );
}

/** A step that reads one input in several ways keeps one edge per way. */
function nodeInputs(
  edges: readonly OpEdge[],
  op: Op,
  idOf: (digest: Digest) => NodeId | undefined,
): GraphInput[] {
  const inputs: GraphInput[] = [];
  for (const { input, kind, label } of edges) {
    const digest = op.inputs[input]?.digest;
    const node = digest && idOf(digest);
    if (node === undefined || node === '') continue;
    if (inputs.some((edge) => edge.node === node && edge.kind === kind && edge.label === label)) {
      continue;
    }
    inputs.push(label === undefined ? { node, kind } : { node, kind, label });
  }
  return inputs;
}

function sameInputs(a: readonly GraphInput[], b: readonly GraphInput[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    const left = a[index];
    const right = b[index];
    if (left?.node !== right?.node || left?.kind !== right?.kind || left?.label !== right?.label) {
      return false;
    }
  }
  return true;
}

/** Whether the inputs of an op are the ops at the same places as before. */
export function sameInputPlaces(
  { inputs: now }: Op,
  { inputs: then }: Op,
  ops: readonly DefinitionOp[],
  changed: ReadonlyMap<Digest, number>,
): boolean {
  if (now.length !== then.length) return false;
  for (let index = 0; index < now.length; index++) {
    const digest = now[index]?.digest;
    const before = then[index]?.digest;
    if (digest === before || digest === undefined) continue;
    const place = changed.get(digest);
    if (place === undefined || ops[place]?.digest !== before) return false;
  }
  return true;
}

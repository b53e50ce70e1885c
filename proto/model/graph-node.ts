/** The node of an op: what is known of the op alone, and how it joins its inputs. */
import type {
  GraphGroup,
  GraphInput,
  GraphNode,
  NodeId,
  NodeKind,
  NodeRange,
  OpDetail,
} from './build-graph';
import type { Definition, DefinitionOp, OpMetadata, SourceLocation } from './definition';
import type { Digest } from './digest';
import type { Op, OpKind, Platform } from './op';
import { nodeKind, opDetails, opEdges, type OpEdge } from './op-details';
import { parseVertexName, type VertexName } from './vertex-name';

/** A node before it has an id. */
export type Draft = {
  readonly node: Omit<GraphNode, 'id' | 'inputs'>;
  readonly edges: readonly OpEdge[];
  readonly op: Op;
  readonly group: GraphGroup | undefined;
};

/** What is known of some ops, by digest. */
type Known<T> = { readonly get: (digest: Digest) => T | undefined };

/** What a graph is told of ops besides what their definition says. */
export type NodeOptions = {
  /** The group of each op, where the compiler knows it; else a stage is read from the vertex name. */
  readonly groups?: Known<GraphGroup>;
  /** Ops that rest on a guess made offline. */
  readonly uncertain?: {
    readonly has: (digest: Digest) => boolean;
    /** The same by place, 1 or 0, where there is one definition only. */
    readonly flags?: Uint8Array | undefined;
  };
  /** What is to be said about a source, by its identifier, besides what its op says. */
  readonly sourceDetail?: (identifier: string) => OpDetail | undefined;
};

type OpParts = {
  readonly kind: NodeKind;
  readonly details: readonly OpDetail[];
  readonly edges: readonly OpEdge[];
};
type Names = { readonly full: string; readonly name: VertexName };

/** The parts of nodes that follow from one immutable object, kept for as long as there is that object. */
export class NodeParts {
  readonly #ops = new WeakMap<OpKind, OpParts>();
  readonly #names = new WeakMap<OpMetadata, Names>();
  readonly #ranges = new WeakMap<readonly SourceLocation[], readonly NodeRange[]>();

  /** @param sourceIndex the numbers that the graph gives to the sources of the definition */
  draft(
    definition: Definition,
    { digest, op, notes }: DefinitionOp,
    neutralDigest: Digest,
    sourceIndex: readonly number[],
    options: NodeOptions,
  ): Draft {
    const { kind, edges } = this.#partsOf(op);
    const { full, name } = this.#namesOf(notes?.metadata ?? definition.metadata.get(digest), op);
    const group = options.groups?.get(digest) ?? groupFromName(name);
    const platform = op.platform === undefined ? name.platform : platformText(op.platform);
    const node = {
      digest,
      neutralDigest,
      kind,
      name: name.text,
      fullName: full,
      ...(group === undefined ? {} : { group: group.id }),
      ...(platform === undefined ? {} : { platform }),
      ranges: this.rangesOf(notes?.locations ?? definition.locations.get(digest), sourceIndex),
      details: this.detailsOf(op, options),
      internal: name.internal,
      uncertain: options.uncertain?.has(digest) ?? false,
    };
    return { node, edges, op, group };
  }

  detailsOf(op: Op, { sourceDetail }: NodeOptions): readonly OpDetail[] {
    const { details } = this.#partsOf(op);
    const more = op.op.kind === 'source' ? sourceDetail?.(op.op.identifier) : undefined;
    return more === undefined ? details : [...details, more];
  }

  edgesOf(op: Op): readonly OpEdge[] {
    return this.#partsOf(op).edges;
  }

  rangesOf(
    locations: readonly SourceLocation[] | undefined,
    sourceIndex: readonly number[],
  ): readonly NodeRange[] {
    if (locations === undefined || locations.length === 0) return nowhere;
    const known = this.#ranges.get(locations);
    if (known !== undefined) return known;
    const ranges: NodeRange[] = [];
    for (const location of locations) {
      const source = sourceIndex[location.sourceIndex];
      if (source === undefined) continue;
      for (const { start, end } of location.ranges) ranges.push({ source, start, end });
    }
    this.#ranges.set(locations, ranges);
    return ranges;
  }

  #partsOf(op: Op): OpParts {
    const known = this.#ops.get(op.op);
    if (known !== undefined) return known;
    const parts = { kind: nodeKind(op.op), details: opDetails(op.op), edges: opEdges(op) };
    this.#ops.set(op.op, parts);
    return parts;
  }

  #namesOf(metadata: OpMetadata | undefined, op: Op): Names {
    const known = metadata && this.#names.get(metadata);
    if (known !== undefined) return known;
    const full = metadata?.description['llb.customname'] ?? defaultName(op);
    const names = { full, name: parseVertexName(full) };
    if (metadata !== undefined) this.#names.set(metadata, names);
    return names;
  }
}

const nowhere: readonly NodeRange[] = [];

/**
 * The stage of a step, as its vertex name tells it. Its id is the one that the Dockerfile compiler
 * gives, so that nodes keep theirs when a build's own graph takes the place of the text's.
 */
export function groupFromName({ step, stage = 'stage-0' }: VertexName): GraphGroup | undefined {
  if (step === undefined) return undefined;
  // BuildKit calls stages without a name by their number.
  const number = /^stage-(\d+)$/.exec(stage)?.[1];
  return { id: `stage:${number ?? stage}`, name: stage, kind: 'stage' };
}

/** What BuildKit shows for an op that its frontend gave no name. */
function defaultName(op: Op): string {
  if (op.op.kind === 'source') return op.op.identifier;
  if (op.op.kind === 'exec') return op.op.meta.args.join(' ');
  return op.op.kind;
}

/** `linux/arm64/v8` */
export function platformText(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined && part !== '')
    .join('/');
}

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

/**
 * The node of an op whose digest, place or certainty has changed and nothing else. Written out, for a keystroke
 * makes hundreds of these, and a spread takes five times as long.
 */
export function renewedNode(
  known: GraphNode,
  digest: Digest,
  ranges: readonly NodeRange[],
  uncertain: boolean,
): GraphNode {
  const { id, kind, name, fullName, group, platform, inputs, details, internal } = known;
  const neutralDigest = digest;
  if (group === undefined || platform === undefined) {
    return { ...known, digest, neutralDigest, ranges, uncertain };
  }
  return {
    id,
    digest,
    neutralDigest,
    kind,
    name,
    fullName,
    group,
    platform,
    inputs,
    ranges,
    details,
    internal,
    uncertain,
  };
}

/** Whether two ops are of one step that has not changed, apart from its inputs and its place. */
export function isSameStep(op: DefinitionOp, before: DefinitionOp | undefined): boolean {
  return (
    before !== undefined &&
    (op === before ||
      (op.op.op === before.op.op &&
        op.notes !== undefined &&
        op.notes.metadata === before.notes?.metadata))
  );
}

export function sameDetails(a: readonly OpDetail[], b: readonly OpDetail[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ label, value }, index) => b[index]?.label === label && b[index].value === value))
  );
}

/** A step that reads one input in several ways keeps one edge per way. */
export function nodeInputs(
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

export function sameInputs(a: readonly GraphInput[], b: readonly GraphInput[]): boolean {
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

/** Makes a static BuildGraph from a definition: one node per op, the terminal op's inputs as results. */
import type {
  BuildGraph,
  GraphGroup,
  GraphNode,
  GraphSource,
  NodeId,
  NodeKind,
  NodeRange,
  OpDetail,
} from './build-graph';
import type { Definition, DefinitionOp, OpMetadata, SourceLocation } from './definition';
import type { Digest } from './digest';
import { namesSession, neutralDigests } from './neutral-digest';
import { finishNode, sameDetails, sameInputPlaces, type Draft } from './graph-node';
import { carriedIds, freshIds } from './node-ids';
import type { Op, OpKind, Platform } from './op';
import { nodeKind, opDetails, opEdges, type OpEdge } from './op-details';
import { parseVertexName, type VertexName } from './vertex-name';

/** What is known of some ops, by digest. */
type Known<T> = { readonly get: (digest: Digest) => T | undefined };

export type GraphOptions = {
  /** The group of each op, where the compiler knows it; else a stage is read from the vertex name. */
  readonly groups?: Known<GraphGroup>;
  /** Documents by source file name. */
  readonly uris?: Readonly<Record<string, string>>;
  /** Ops that rest on a guess made offline. */
  readonly uncertain?: { readonly has: (digest: Digest) => boolean };
  /** What is to be said about a source, by its identifier, besides what its op says. */
  readonly sourceDetail?: (identifier: string) => OpDetail | undefined;
  readonly notes?: readonly string[];
};

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
  const [definition] = definitions;
  if (before !== undefined && definition !== undefined && definitions.length === 1) {
    const graph = new GraphBuilder(options, memo).again(definition, before.graph);
    if (graph !== undefined) return graph;
  }
  const builder = new GraphBuilder(options, memo);
  for (const one of definitions) builder.add(one);
  return builder.graph(before?.graph);
}

/** What was kept of the last graph, and the parts of nodes that follow from one immutable object. */
export class GraphMemo {
  readonly ops = new WeakMap<OpKind, OpParts>();
  readonly names = new WeakMap<OpMetadata, Names>();
  readonly ranges = new WeakMap<readonly SourceLocation[], readonly NodeRange[]>();
  last: Kept = nothingKept;
}

type OpParts = {
  readonly kind: NodeKind;
  readonly details: readonly OpDetail[];
  readonly edges: readonly OpEdge[];
};
type Names = { readonly full: string; readonly name: VertexName };

/** Lists of one length and order: the ops of the last graph, and what became of each. */
type Kept = {
  readonly ops: readonly DefinitionOp[];
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphGroup[];
  readonly sources: readonly GraphSource[];
  /** From one definition, which says each op once and is tied to no session. */
  readonly isPlain: boolean;
};

const nothingKept: Kept = { ops: [], nodes: [], groups: [], sources: [], isPlain: false };

class GraphBuilder {
  private readonly ops: DefinitionOp[] = [];
  private readonly drafts: Draft[] = [];
  private readonly places = new Map<Digest, number>();
  /** For each op its place in the last graph; -1 for one that is new. */
  private readonly before: number[] = [];
  /** Where the op at hand is expected in the last graph. */
  private expected = 0;
  private readonly groups = new Map<string, GraphGroup>();
  private readonly sources: GraphSource[] = [];
  private readonly results = new Set<Digest>();
  private last: Kept;
  private lastDrafts: readonly Draft[] | undefined;
  private lastPlaces: ReadonlyMap<Digest, number> | undefined;
  private isPlain = true;

  constructor(
    private readonly options: GraphOptions,
    private readonly memo: GraphMemo,
  ) {
    this.last = memo.last;
  }

  /**
   * The last graph with new digests, and with one other op: what a keystroke mostly does. Undefined
   * when more has changed.
   */
  again(definition: Definition, previous: BuildGraph): BuildGraph | undefined {
    const { last } = this;
    const sourceIndex = this.readSources(definition);
    if (!last.isPlain || last.nodes !== previous.nodes) return undefined;
    if (!sameSources(last.sources, this.sources)) return undefined;
    const ops = definition.ops.filter(({ op }) => op.op.kind !== 'terminal');
    if (ops.length !== last.ops.length) return undefined;
    const nodes = [...last.nodes];
    const changed = new Map<Digest, number>();
    const idOf = (digest: Digest): NodeId | undefined => {
      const place = changed.get(digest) ?? ops.findIndex((op) => op.digest === digest);
      return nodes[place]?.id;
    };
    let other: number | undefined;
    for (const [place, op] of ops.entries()) {
      const before = last.ops[place];
      const known = nodes[place];
      if (before === undefined || known === undefined) return undefined;
      const isSource = op.op.op.kind === 'source';
      if (op === before) {
        if (isSource && !sameDetails(this.detailsOf(op.op), known.details)) return undefined;
        continue;
      }
      if (op.notes === undefined) return undefined;
      if (op.notes === before.notes && op.op.op === before.op.op) {
        if (!sameInputPlaces(op.op, before.op, last.ops, changed)) return undefined;
        nodes[place] = { ...known, digest: op.digest, neutralDigest: op.digest };
      } else {
        if (other !== undefined || namesSession(op)) return undefined;
        other = place;
        const draft = this.draft(definition, op, op.digest, sourceIndex);
        if (draft.node.kind !== known.kind || draft.node.group !== known.group) return undefined;
        nodes[place] = finishNode(draft, known.id, known, idOf);
      }
      changed.set(op.digest, place);
    }
    const results = new Set(definition.ops.at(-1)?.op.inputs.map(({ digest }) => digest));
    this.memo.last = { ...last, ops, nodes };
    return {
      nodes,
      groups: last.groups,
      sources: last.sources,
      results: [...results].flatMap((digest) => idOf(digest) ?? []),
      status: {},
      notes: this.options.notes ?? [],
    };
  }

  add(definition: Definition): void {
    const neutral = neutralDigests(definition);
    const sourceIndex = this.readSources(definition);
    if (!sameSources(this.last.sources, this.sources)) this.last = nothingKept;
    if (this.ops.length > 0) this.isPlain = false;
    for (const op of definition.ops) {
      if (op.op.op.kind === 'terminal') {
        for (const { digest } of op.op.inputs) this.results.add(digest);
      } else if (this.places.has(op.digest)) this.isPlain = false;
      else {
        const own = neutral.get(op.digest) ?? op.digest;
        if (own !== op.digest) this.isPlain = false;
        this.places.set(op.digest, this.drafts.length);
        this.ops.push(op);
        this.drafts.push(this.draftOf(definition, op, own, sourceIndex));
      }
    }
  }

  /** What the nodes of the last graph were made of. */
  private draftsBefore(): readonly Draft[] {
    if (this.lastDrafts === undefined) {
      const { ops, nodes, groups } = this.last;
      const byId = new Map(groups.map((group) => [group.id, group]));
      this.lastDrafts = nodes.flatMap((node, place): Draft[] => {
        const op = ops[place]?.op;
        if (op === undefined) return [];
        const group = node.group === undefined ? undefined : byId.get(node.group);
        return [{ node, edges: this.opParts(op).edges, op, group }];
      });
    }
    return this.lastDrafts;
  }

  private placesBefore(): ReadonlyMap<Digest, number> {
    this.lastPlaces ??= new Map(this.last.ops.map(({ digest }, place) => [digest, place]));
    return this.lastPlaces;
  }

  graph(previous: BuildGraph | undefined): BuildGraph {
    const { places, drafts } = this;
    const nameless = drafts.map(({ node }) => node);
    const ids =
      previous === undefined ? nameless.map(freshIds()) : carriedIds(previous.nodes, nameless);
    const idOf = (digest: Digest): NodeId | undefined => {
      const place = places.get(digest);
      return place === undefined ? undefined : ids[place];
    };
    const known = this.knownNodes(previous, ids);
    const stays = this.staysOf(previous, ids);
    const nodes = drafts.map(
      (draft, index) => stays(index) ?? finishNode(draft, ids[index] ?? '', known(index), idOf),
    );
    const groups = [...this.groups.values()];
    const { ops, sources, isPlain } = this;
    this.memo.last = { ops, nodes, groups, sources, isPlain };
    return {
      nodes,
      groups,
      sources,
      results: [...this.results].flatMap((digest) => idOf(digest) ?? []),
      status: {},
      notes: this.options.notes ?? [],
    };
  }

  /** The nodes of the last graph that are the same in this one, found without a look into them. */
  private staysOf(
    previous: BuildGraph | undefined,
    ids: readonly NodeId[],
  ): (index: number) => GraphNode | undefined {
    const { ops, nodes } = this.last;
    const drafts = this.draftsBefore();
    if (previous?.nodes !== nodes) return () => undefined;
    // The inputs of an op that has not changed have not changed either; so it is with their ids.
    const idsHold = this.ops.every((op, index) => {
      const place = this.before[index] ?? -1;
      return ops[place] !== op || nodes[place]?.id === ids[index];
    });
    const nodeOf = (index: number): GraphNode | undefined => {
      const place = this.before[index] ?? -1;
      return drafts[place] === this.drafts[index] ? nodes[place] : undefined;
    };
    return idsHold ? nodeOf : () => undefined;
  }

  /** The node of the last graph that has a node's id. */
  private knownNodes(
    previous: BuildGraph | undefined,
    ids: readonly NodeId[],
  ): (index: number) => GraphNode | undefined {
    if (previous === undefined) return () => undefined;
    let byId: ReadonlyMap<NodeId, GraphNode> | undefined;
    const search = (id: NodeId): GraphNode | undefined =>
      (byId ??= new Map(previous.nodes.map((node) => [node.id, node]))).get(id);
    return (index) => {
      const id = ids[index] ?? '';
      const likely = previous.nodes[this.before[index] ?? -1];
      return likely?.id === id ? likely : search(id);
    };
  }

  /** The draft of the last graph where the op is no other. */
  private draftOf(
    definition: Definition,
    op: DefinitionOp,
    neutral: Digest,
    sourceIndex: readonly number[],
  ): Draft {
    const place = this.placeBefore(op);
    this.before.push(place);
    const known = this.draftsBefore()[place];
    if (known === undefined) return this.draft(definition, op, neutral, sourceIndex);
    this.expected = place + 1;
    if (op.op.op.kind === 'source' && this.options.sourceDetail !== undefined) {
      const draft = this.draft(definition, op, neutral, sourceIndex);
      return sameDetails(draft.node.details, known.node.details) ? known : draft;
    }
    this.meet(known.group);
    if (this.last.ops[place] === op) return known;
    const { digest } = op;
    const node = { ...known.node, digest, neutralDigest: neutral };
    return { node, edges: known.edges, op: op.op, group: known.group };
  }

  /** Where the same op was in the last graph, or one that differs by its inputs only; else -1. */
  private placeBefore(op: DefinitionOp): number {
    const { notes } = op;
    if (notes === undefined) return -1;
    const { ops } = this.last;
    for (let place = this.expected; place < this.expected + 2; place++) {
      const other = ops[place];
      if (other === op) return place;
      if (other?.notes === notes && other.op.op === op.op.op) return place;
    }
    const place = this.placesBefore().get(op.digest);
    return place !== undefined && ops[place] === op ? place : -1;
  }

  private draft(
    definition: Definition,
    { digest, op, notes }: DefinitionOp,
    neutral: Digest,
    sourceIndex: readonly number[],
  ): Draft {
    const { kind, edges } = this.opParts(op);
    const { full, name } = this.names(notes?.metadata ?? definition.metadata.get(digest), op);
    const group = this.options.groups?.get(digest) ?? groupFromName(name);
    this.meet(group);
    const platform = op.platform === undefined ? name.platform : platformText(op.platform);
    const node = {
      digest,
      neutralDigest: neutral,
      kind,
      name: name.text,
      fullName: full,
      ...(group === undefined ? {} : { group: group.id }),
      ...(platform === undefined ? {} : { platform }),
      ranges: this.ranges(notes?.locations ?? definition.locations.get(digest), sourceIndex),
      details: this.detailsOf(op),
      internal: name.internal,
      uncertain: this.options.uncertain?.has(digest) ?? false,
    };
    return { node, edges, op, group };
  }

  private detailsOf(op: Op): readonly OpDetail[] {
    const { details } = this.opParts(op);
    const more =
      op.op.kind === 'source' ? this.options.sourceDetail?.(op.op.identifier) : undefined;
    return more === undefined ? details : [...details, more];
  }

  private meet(group: GraphGroup | undefined): void {
    if (group !== undefined && !this.groups.has(group.id)) this.groups.set(group.id, group);
  }

  private opParts(op: Op): OpParts {
    const known = this.memo.ops.get(op.op);
    if (known !== undefined) return known;
    const parts = { kind: nodeKind(op.op), details: opDetails(op.op), edges: opEdges(op) };
    this.memo.ops.set(op.op, parts);
    return parts;
  }

  private names(metadata: OpMetadata | undefined, op: Op): Names {
    const known = metadata && this.memo.names.get(metadata);
    if (known !== undefined) return known;
    const full = metadata?.description['llb.customname'] ?? defaultName(op);
    const names = { full, name: parseVertexName(full) };
    if (metadata !== undefined) this.memo.names.set(metadata, names);
    return names;
  }

  private ranges(
    locations: readonly SourceLocation[] | undefined,
    sourceIndex: readonly number[],
  ): readonly NodeRange[] {
    if (locations === undefined || locations.length === 0) return nowhere;
    const known = this.memo.ranges.get(locations);
    if (known !== undefined) return known;
    const ranges = locations.flatMap((location): NodeRange[] => {
      const source = sourceIndex[location.sourceIndex];
      return source === undefined ? [] : location.ranges.map((range) => ({ source, ...range }));
    });
    this.memo.ranges.set(locations, ranges);
    return ranges;
  }

  /** The numbers that the graph gives to the sources of a definition. */
  private readSources({ sources }: Definition): number[] {
    return sources.map(({ filename, language }) => this.source(filename, language));
  }

  private source(filename: string, language: string): number {
    const known = this.sources.findIndex((source) => source.filename === filename);
    if (known >= 0) return known;
    const uri = this.options.uris?.[filename];
    return this.sources.push({ filename, language, ...(uri === undefined ? {} : { uri }) }) - 1;
  }
}

const nowhere: readonly NodeRange[] = [];

function sameSources(a: readonly GraphSource[], b: readonly GraphSource[]): boolean {
  return a.length === b.length && a.every(({ filename }, index) => filename === b[index]?.filename);
}

function groupFromName(name: VertexName): GraphGroup | undefined {
  if (name.step === undefined) return undefined;
  const stage = name.stage ?? 'stage-0';
  return { id: stage, name: stage, kind: 'stage' };
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

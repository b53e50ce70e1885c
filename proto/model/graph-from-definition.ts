/** Makes a static BuildGraph from a definition: one node per op, the terminal op's inputs as results. */
import type {
  BuildGraph,
  GraphGroup,
  GraphInput,
  GraphNode,
  GraphSource,
  NodeId,
  NodeKind,
  NodeRange,
  OpDetail,
} from './build-graph';
import type { Definition, DefinitionOp, OpMetadata, SourceLocation } from './definition';
import type { Digest } from './digest';
import { neutralDigests } from './neutral-digest';
import { carriedIds, freshIds } from './node-ids';
import type { Op, OpKind, Platform } from './op';
import { nodeKind, opDetails, opEdges, type OpEdge } from './op-details';
import { parseVertexName, type VertexName } from './vertex-name';

export type GraphOptions = {
  /** The group of each op, where the compiler knows it; else a stage is read from the vertex name. */
  readonly groups?: ReadonlyMap<Digest, GraphGroup>;
  /** Documents by source file name. */
  readonly uris?: Readonly<Record<string, string>>;
  /** Ops that rest on a guess made offline. */
  readonly uncertain?: ReadonlySet<Digest>;
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
  const builder = new GraphBuilder(options, before?.memo ?? new GraphMemo());
  for (const definition of definitions) builder.add(definition);
  return builder.graph(before?.graph);
}

/** The parts of nodes that follow from one immutable object of a definition. */
export class GraphMemo {
  readonly ops = new WeakMap<OpKind, OpParts>();
  readonly names = new WeakMap<OpMetadata, Names>();
  readonly ranges = new WeakMap<readonly SourceLocation[], readonly NodeRange[]>();
}

type OpParts = {
  readonly kind: NodeKind;
  readonly details: readonly OpDetail[];
  readonly edges: readonly OpEdge[];
};
type Names = { readonly full: string; readonly name: VertexName };

/** A node before it has an id. */
type Draft = Omit<GraphNode, 'id' | 'inputs'> & {
  readonly edges: readonly OpEdge[];
  readonly op: Op;
};

class GraphBuilder {
  private readonly drafts: Draft[] = [];
  private readonly places = new Map<Digest, number>();
  private readonly groups = new Map<string, GraphGroup>();
  private readonly sources: GraphSource[] = [];
  private readonly results = new Set<Digest>();

  constructor(
    private readonly options: GraphOptions,
    private readonly memo: GraphMemo,
  ) {}

  add(definition: Definition): void {
    const neutral = neutralDigests(definition);
    const sourceIndex = definition.sources.map((source) =>
      this.source(source.filename, source.language),
    );
    for (const op of definition.ops) {
      if (op.op.op.kind === 'terminal') {
        for (const { digest } of op.op.inputs) this.results.add(digest);
      } else if (!this.places.has(op.digest)) {
        this.places.set(op.digest, this.drafts.length);
        this.drafts.push(
          this.draft(definition, op, neutral.get(op.digest) ?? op.digest, sourceIndex),
        );
      }
    }
  }

  graph(previous: BuildGraph | undefined): BuildGraph {
    const ids = previous === undefined ? this.freshIds() : carriedIds(previous.nodes, this.drafts);
    const known = new Map((previous?.nodes ?? []).map((node) => [node.id, node]));
    const idOf = (digest: Digest): NodeId | undefined => {
      const place = this.places.get(digest);
      return place === undefined ? undefined : ids[place];
    };
    return {
      nodes: this.drafts.map((draft, index) => {
        const id = ids[index] ?? '';
        return finishNode(draft, id, known.get(id), idOf);
      }),
      groups: [...this.groups.values()],
      sources: this.sources,
      results: [...this.results].flatMap((digest) => idOf(digest) ?? []),
      status: {},
      notes: this.options.notes ?? [],
    };
  }

  private freshIds(): readonly NodeId[] {
    const fresh = freshIds();
    return this.drafts.map(fresh);
  }

  private draft(
    definition: Definition,
    { digest, op }: DefinitionOp,
    neutralDigest: Digest,
    sourceIndex: readonly number[],
  ): Draft {
    const { kind, details, edges } = this.opParts(op);
    const { full, name } = this.names(definition.metadata.get(digest), op);
    const group = this.options.groups?.get(digest) ?? groupFromName(name);
    if (group !== undefined && !this.groups.has(group.id)) this.groups.set(group.id, group);
    const platform = op.platform === undefined ? name.platform : platformText(op.platform);
    return {
      digest,
      neutralDigest,
      kind,
      name: name.text,
      fullName: full,
      ...(group === undefined ? {} : { group: group.id }),
      ...(platform === undefined ? {} : { platform }),
      ranges: this.ranges(definition.locations.get(digest), sourceIndex),
      details,
      internal: name.internal,
      uncertain: this.options.uncertain?.has(digest) ?? false,
      edges,
      op,
    };
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

  private source(filename: string, language: string): number {
    const known = this.sources.findIndex((source) => source.filename === filename);
    if (known >= 0) return known;
    const uri = this.options.uris?.[filename];
    return this.sources.push({ filename, language, ...(uri === undefined ? {} : { uri }) }) - 1;
  }
}

const nowhere: readonly NodeRange[] = [];

/** A draft with its id and inputs; the node of the last graph if it is no other. */
function finishNode(
  { edges, op, ...rest }: Draft,
  id: NodeId,
  known: GraphNode | undefined,
  idOf: (digest: Digest) => NodeId | undefined,
): GraphNode {
  const inputs = nodeInputs(edges, op, idOf);
  if (known === undefined) return { id, ...rest, inputs };
  const same = sameInputs(known.inputs, inputs);
  if (
    same &&
    known.digest === rest.digest &&
    known.neutralDigest === rest.neutralDigest &&
    known.kind === rest.kind &&
    known.fullName === rest.fullName &&
    known.group === rest.group &&
    known.platform === rest.platform &&
    known.ranges === rest.ranges &&
    known.details === rest.details &&
    known.uncertain === rest.uncertain
  ) {
    return known;
  }
  return { id, ...rest, inputs: same ? known.inputs : inputs };
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
    inputs.push({ node, kind, ...(label === undefined ? {} : { label }) });
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

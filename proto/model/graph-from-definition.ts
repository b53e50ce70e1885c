/** Makes a static BuildGraph from a definition: one node per op, the terminal op's inputs as results. */
import type {
  BuildGraph,
  GraphGroup,
  GraphInput,
  GraphNode,
  GraphSource,
  NodeId,
  NodeRange,
} from './build-graph';
import type { Definition, DefinitionOp } from './definition';
import type { Digest } from './digest';
import { neutralDigests } from './neutral-digest';
import { freshIds } from './node-ids';
import type { Op, Platform } from './op';
import { nodeKind, opDetails, opEdges } from './op-details';
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

/** Several definitions (one per platform) become one graph; equal ops become one node. */
export function graphFromDefinitions(
  definitions: readonly Definition[],
  options: GraphOptions = {},
): BuildGraph {
  const builder = new GraphBuilder(options);
  for (const definition of definitions) builder.add(definition);
  return builder.graph();
}

class GraphBuilder {
  private readonly nodes = new Map<Digest, GraphNode>();
  private readonly freshId = freshIds();
  private readonly groups = new Map<string, GraphGroup>();
  private readonly sources: GraphSource[] = [];
  private readonly results = new Set<NodeId>();

  constructor(private readonly options: GraphOptions) {}

  add(definition: Definition): void {
    const neutral = neutralDigests(definition);
    const sourceIndex = definition.sources.map((source) =>
      this.source(source.filename, source.language),
    );
    for (const op of definition.ops) {
      if (op.op.op.kind === 'terminal') {
        for (const input of op.op.inputs) {
          const node = this.nodes.get(input.digest);
          if (node !== undefined) this.results.add(node.id);
        }
      } else if (!this.nodes.has(op.digest)) {
        this.addNode(definition, op, neutral.get(op.digest) ?? op.digest, sourceIndex);
      }
    }
  }

  graph(): BuildGraph {
    return {
      nodes: [...this.nodes.values()],
      groups: [...this.groups.values()],
      sources: this.sources,
      results: [...this.results],
      status: {},
      notes: this.options.notes ?? [],
    };
  }

  private addNode(
    definition: Definition,
    { digest, op }: DefinitionOp,
    neutralDigest: Digest,
    sourceIndex: readonly number[],
  ): void {
    const fullName =
      definition.metadata.get(digest)?.description['llb.customname'] ?? defaultName(op);
    const name = parseVertexName(fullName);
    const group = this.options.groups?.get(digest) ?? groupFromName(name);
    if (group !== undefined && !this.groups.has(group.id)) this.groups.set(group.id, group);
    const kind = nodeKind(op.op);
    const id = this.freshId({ kind, ...(group === undefined ? {} : { group: group.id }) });
    const platform = op.platform === undefined ? name.platform : platformText(op.platform);
    this.nodes.set(digest, {
      id,
      digest,
      neutralDigest,
      kind,
      name: name.text,
      fullName,
      ...(group === undefined ? {} : { group: group.id }),
      ...(platform === undefined ? {} : { platform }),
      inputs: this.inputs(op),
      ranges: (definition.locations.get(digest) ?? []).flatMap((location): NodeRange[] => {
        const source = sourceIndex[location.sourceIndex];
        return source === undefined ? [] : location.ranges.map((range) => ({ source, ...range }));
      }),
      details: opDetails(op.op),
      internal: name.internal,
      uncertain: this.options.uncertain?.has(digest) ?? false,
    });
  }

  /** A step that reads one input in several ways keeps one edge per way. */
  private inputs(op: Op): GraphInput[] {
    const seen = new Set<string>();
    return opEdges(op).flatMap(({ input, kind, label }): GraphInput[] => {
      const digest = op.inputs[input]?.digest;
      const node = digest === undefined ? undefined : this.nodes.get(digest);
      if (node === undefined) return [];
      const key = JSON.stringify([node.id, kind, label]);
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ node: node.id, kind, ...(label === undefined ? {} : { label }) }];
    });
  }

  private source(filename: string, language: string): number {
    const known = this.sources.findIndex((source) => source.filename === filename);
    if (known >= 0) return known;
    const uri = this.options.uris?.[filename];
    return this.sources.push({ filename, language, ...(uri === undefined ? {} : { uri }) }) - 1;
  }
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

/** Graph → Definition: ops in BuildKit's order, with digests, metadata and places. */
import type {
  Definition,
  DefinitionOp,
  OpMetadata,
  SourceInfo,
  SourceLocation,
} from '../../../proto/model/definition';
import { digestOf, type Digest } from '../../../proto/model/digest';
import { marshalOp, terminalOp } from '../../../proto/model/marshal';
import type { Platform } from '../../../proto/model/op';
import { lineList, type Lines } from '../text/span';
import { caps, type Supports } from './capabilities';
import type { MarshalContext, Output, Vertex, VertexInfo, VertexOrigin } from './vertex';

export type MarshalledGraph = {
  readonly definition: Definition;
  readonly origins: ReadonlyMap<Digest, VertexOrigin>;
};

export type MarshalOptions = {
  /** The platform of ops that name none. */
  readonly platform: Platform;
  readonly supports: Supports;
  /** The text that locations refer to; asked for only when there are some. */
  readonly source?: () => SourceInfo;
};

type MutableMetadata = {
  ignoreCache: boolean;
  description: Record<string, string>;
  caps: Set<string>;
} & Pick<VertexInfo, 'progressGroup' | 'linuxResources'>;

/**
 * Turns the graph below an output into a definition; an empty one for an empty file system.
 * @throws Error with BuildKit's message for an op that cannot be written.
 */
export function marshalGraph(output: Output | undefined, options: MarshalOptions): MarshalledGraph {
  if (output === undefined) return { definition: emptyDefinition, origins: new Map() };
  const marshaller = new Marshaller(options);
  return marshaller.marshal(output);
}

const emptyDefinition: Definition = {
  ops: [],
  metadata: new Map(),
  locations: new Map(),
  sources: [],
};

class Marshaller {
  readonly #context: MarshalContext;
  readonly #digests = new Map<Vertex, Digest>();
  readonly #ops: DefinitionOp[] = [];
  readonly #known = new Set<Digest>();
  readonly #metadata = new Map<Digest, MutableMetadata>();
  readonly #locations = new Map<Digest, SourceLocation[]>();
  readonly #origins = new Map<Digest, VertexOrigin>();

  constructor(private readonly options: MarshalOptions) {
    this.#context = {
      platform: options.platform,
      supports: options.supports,
      inputOf: (output) => ({ digest: this.#digestOf(output.vertex), index: 0 }),
    };
  }

  marshal(output: Output): MarshalledGraph {
    const head = output.vertex;
    for (const vertex of postOrder(head)) this.#add(vertex);
    this.#addTerminal({ digest: this.#digestOf(head), index: 0 });
    const hasPlaces = [...this.#locations.values()].some((list) => list.length > 0);
    const source = hasPlaces ? this.options.source?.() : undefined;
    return {
      definition: {
        ops: this.#ops,
        metadata: new Map(
          [...this.#metadata].map(([digest, metadata]) => [digest, finish(metadata)]),
        ),
        locations: this.#locations,
        sources: source === undefined ? [] : [source],
      },
      origins: this.#origins,
    };
  }

  #digestOf(vertex: Vertex): Digest {
    const digest = this.#digests.get(vertex);
    if (digest === undefined) throw new Error('an input was not marshalled before its user');
    return digest;
  }

  #add(vertex: Vertex): void {
    const { op, caps: needed } = vertex.toOp(this.#context);
    const bytes = marshalOp(op);
    const digest = digestOf(bytes);
    const { info } = vertex;
    this.#digests.set(vertex, digest);
    this.#mergeMetadata(digest, info, needed);
    this.#addLocations(digest, info.locations);
    if (this.#known.has(digest)) return;
    this.#known.add(digest);
    this.#ops.push({ digest, bytes, op });
    if (info.origin !== undefined) this.#origins.set(digest, info.origin);
  }

  /** Ops with one digest share their metadata; what comes later wins. */
  #mergeMetadata(digest: Digest, info: VertexInfo, needed: readonly string[]): void {
    const known = this.#metadata.get(digest);
    const { progressGroup, linuxResources } = info;
    this.#metadata.set(digest, {
      ignoreCache: (known?.ignoreCache ?? false) || info.ignoreCache === true,
      description: { ...known?.description, ...info.description },
      caps: new Set([...(known?.caps ?? []), ...needed]),
      ...(known?.progressGroup && { progressGroup: known.progressGroup }),
      ...(progressGroup && { progressGroup }),
      ...(known?.linuxResources && { linuxResources: known.linuxResources }),
      ...(linuxResources && { linuxResources }),
    });
  }

  #addLocations(digest: Digest, places: readonly (Lines | undefined)[]): void {
    const locations = places.map((lines) => ({
      sourceIndex: 0,
      ranges: (lines === undefined ? [] : lineList(lines)).map((line) => ({
        start: { line, character: 0 },
        end: { line, character: 0 },
      })),
    }));
    const known = this.#locations.get(digest);
    if (known === undefined) this.#locations.set(digest, locations);
    else known.push(...locations);
  }

  #addTerminal(input: Parameters<typeof terminalOp>[0]): void {
    const op = terminalOp(input);
    const bytes = marshalOp(op);
    const digest = digestOf(bytes);
    const needed = new Set<string>([caps.constraints, caps.platform]);
    for (const metadata of this.#metadata.values()) {
      if (metadata.ignoreCache) needed.add(caps.metaIgnoreCache);
      if (Object.keys(metadata.description).length > 0) needed.add(caps.metaDescription);
    }
    this.#ops.push({ digest, bytes, op });
    this.#metadata.set(digest, { ignoreCache: false, description: {}, caps: needed });
  }
}

function finish(metadata: MutableMetadata): OpMetadata {
  return { ...metadata, caps: [...metadata.caps].sort() };
}

/** Inputs before their users, depth first; by hand, for a stage can be thousands of ops deep. */
function postOrder(head: Vertex): Vertex[] {
  const order: Vertex[] = [];
  const done = new Set<Vertex>();
  const stack: { vertex: Vertex; inputs: readonly Output[]; next: number }[] = [];
  const enter = (vertex: Vertex): void => {
    stack.push({ vertex, inputs: vertex.inputs(), next: 0 });
  };
  enter(head);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const input = top.inputs[top.next++]?.vertex;
    if (input === undefined) {
      stack.pop();
      if (!done.has(top.vertex)) {
        done.add(top.vertex);
        order.push(top.vertex);
      }
    } else if (!done.has(input)) enter(input);
  }
  return order;
}

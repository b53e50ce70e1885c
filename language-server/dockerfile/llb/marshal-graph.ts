/**
 * Graph → Definition: ops in BuildKit's order, with digests, metadata and places.
 *
 * With a memo from the last time, a vertex whose inputs have the same digests gives the very objects
 * that it gave then, and one whose inputs merely changed their digests gets them written into a copy
 * of its bytes.
 */
import type {
  Definition,
  DefinitionOp,
  OpMetadata,
  SourceInfo,
  SourceLocation,
} from '../../../proto/model/definition';
import { digestOf, type Digest } from '../../../proto/model/digest';
import {
  marshalOp,
  terminalOp,
  withInputDigests,
  writeInputDigests,
} from '../../../proto/model/marshal';
import type { Op, OpInput, Platform } from '../../../proto/model/op';
import type { InstructionContent } from '../parser/chunk';
import { lineList, type Lines } from '../text/span';
import { caps, type Capability, type Supports } from './capabilities';
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
  /** Where an instruction stands. */
  readonly linesOf?: (instruction: InstructionContent) => Lines | undefined;
  /** For graphs that are marshalled again and again, with the same options apart from places. */
  readonly memo?: MarshalMemo;
};

/** What is kept of a vertex from one time to the next. */
type MarshalledVertex = {
  readonly inputs: readonly Output[];
  /** The time it was last marshalled, and the time it was last put in order. */
  marshalled: number;
  ordered: number;
  /** Every input that the op asked for, and its index in the op. */
  calls: readonly { readonly output: Output; readonly index: number }[];
  op: DefinitionOp | undefined;
  /** Bytes of the op to write digests into; nobody else's. */
  scratch: Uint8Array | undefined;
  metadata: OpMetadata;
  lines: readonly (Lines | undefined)[];
  locations: readonly SourceLocation[];
};

export class MarshalMemo {
  readonly #vertices = new WeakMap<Vertex, MarshalledVertex>();
  run = 0;

  of(vertex: Vertex): MarshalledVertex {
    let known = this.#vertices.get(vertex);
    if (known === undefined) {
      known = {
        inputs: vertex.inputs(),
        marshalled: 0,
        ordered: 0,
        calls: [],
        op: undefined,
        scratch: undefined,
        metadata: noMetadata,
        lines: [],
        locations: [],
      };
      this.#vertices.set(vertex, known);
    }
    return known;
  }
}

/** An op that differs from an earlier one by its inputs only. Its bytes are seldom asked for. */
class RewiredOp implements DefinitionOp {
  #bytes: Uint8Array | undefined;
  /** The bytes of an op like this with other inputs. */
  readonly #pattern: Uint8Array;

  constructor(
    readonly digest: Digest,
    readonly op: Op,
    like: DefinitionOp,
  ) {
    this.#pattern =
      like instanceof RewiredOp && like.#bytes === undefined ? like.#pattern : like.bytes;
  }

  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = withInputDigests(
        this.#pattern,
        this.op.inputs.map(({ digest }) => digest),
      );
    }
    return this.#bytes;
  }
}

const noMetadata: OpMetadata = { ignoreCache: false, description: {}, caps: [] };

/**
 * Turns the graph below an output into a definition; an empty one for an empty file system.
 * @throws Error with BuildKit's message for an op that cannot be written.
 */
export function marshalGraph(output: Output | undefined, options: MarshalOptions): MarshalledGraph {
  if (output === undefined) return { definition: emptyDefinition, origins: new Map() };
  return new Marshaller(options).marshal(output);
}

const emptyDefinition: Definition = {
  ops: [],
  metadata: new Map(),
  locations: new Map(),
  sources: [],
};

class Marshaller {
  readonly #context: MarshalContext;
  readonly #memo: MarshalMemo;
  readonly #ops: DefinitionOp[] = [];
  readonly #metadata = new Map<Digest, OpMetadata>();
  readonly #locations = new Map<Digest, readonly SourceLocation[]>();
  readonly #origins = new Map<Digest, VertexOrigin>();
  /** The inputs that the op at hand has asked for. */
  #asked: Output[] = [];

  constructor(private readonly options: MarshalOptions) {
    this.#memo = options.memo ?? new MarshalMemo();
    this.#memo.run++;
    this.#context = {
      platform: options.platform,
      supports: options.supports,
      inputOf: (output) => {
        this.#asked.push(output);
        return { digest: this.#digestOf(output.vertex), index: 0 };
      },
    };
  }

  marshal(output: Output): MarshalledGraph {
    const head = output.vertex;
    for (const vertex of this.#inOrder(head)) this.#add(vertex, this.#memo.of(vertex));
    this.#addTerminal({ digest: this.#digestOf(head), index: 0 });
    let hasPlaces = false;
    for (const list of this.#locations.values()) hasPlaces ||= list.length > 0;
    const source = hasPlaces ? this.options.source?.() : undefined;
    return {
      definition: {
        ops: this.#ops,
        metadata: this.#metadata,
        locations: this.#locations,
        sources: source === undefined ? [] : [source],
      },
      origins: this.#origins,
    };
  }

  /** Inputs before their users, depth first; by hand, for a stage can be thousands of ops deep. */
  #inOrder(head: Vertex): Vertex[] {
    const { run } = this.#memo;
    const order: Vertex[] = [];
    const stack: { vertex: Vertex; known: MarshalledVertex; next: number }[] = [];
    const enter = (vertex: Vertex, known: MarshalledVertex): void => {
      stack.push({ vertex, known, next: 0 });
    };
    enter(head, this.#memo.of(head));
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.known.inputs[top.next++]?.vertex;
      if (input === undefined) {
        stack.pop();
        if (top.known.ordered === run) continue;
        top.known.ordered = run;
        order.push(top.vertex);
        continue;
      }
      const known = this.#memo.of(input);
      if (known.ordered !== run) enter(input, known);
    }
    return order;
  }

  #digestOf(vertex: Vertex): Digest {
    const { op, marshalled } = this.#memo.of(vertex);
    if (op === undefined || marshalled !== this.#memo.run) {
      throw new Error('an input was not marshalled before its user');
    }
    return op.digest;
  }

  #add(vertex: Vertex, known: MarshalledVertex): void {
    const op = this.#again(known) ?? this.#anew(vertex, known);
    known.op = op;
    known.marshalled = this.#memo.run;
    this.#place(vertex, known);
    const { digest } = op;
    const metadata = this.#metadata.get(digest);
    if (metadata === undefined) {
      this.#metadata.set(digest, known.metadata);
      this.#locations.set(digest, known.locations);
      this.#ops.push(op);
      if (vertex.info.origin !== undefined) this.#origins.set(digest, vertex.info.origin);
      return;
    }
    // Ops with one digest share their metadata.
    this.#metadata.set(digest, merged(metadata, known.metadata));
    const places = this.#locations.get(digest) ?? [];
    this.#locations.set(digest, [...places, ...known.locations]);
  }

  /** The op of the last time with its inputs' new digests; undefined if it must be made anew. */
  #again(known: MarshalledVertex): DefinitionOp | undefined {
    const { op, calls } = known;
    if (op === undefined) return undefined;
    const { inputs } = op.op;
    const digests: Digest[] = [];
    let same = true;
    for (const { output, index } of calls) {
      const digest = this.#digestOf(output.vertex);
      const earlier = digests[index];
      // Inputs that were one are no longer.
      if (earlier !== undefined && earlier !== digest) return undefined;
      digests[index] = digest;
      same &&= inputs[index]?.digest === digest;
    }
    if (same) return op;
    // Inputs that were several are now one: the op may count them once.
    if (new Set(digests).size !== digests.length) return undefined;
    const scratch = (known.scratch ??= op.bytes.slice());
    writeInputDigests(scratch, digests);
    const next: OpInput[] = inputs.map((input, index) => ({
      digest: digests[index] ?? input.digest,
      index: input.index,
    }));
    return new RewiredOp(digestOf(scratch), { ...op.op, inputs: next }, op);
  }

  #anew(vertex: Vertex, known: MarshalledVertex): DefinitionOp {
    this.#asked = [];
    const { op, caps: needed } = vertex.toOp(this.#context);
    const bytes = marshalOp(op);
    known.calls = this.#calls(op.inputs);
    known.scratch = undefined;
    known.metadata = metadataOf(vertex.info, needed);
    return { digest: digestOf(bytes), bytes, op };
  }

  /** Ties what an op has asked for to its inputs; none where the two do not match one to one. */
  #calls(inputs: readonly OpInput[]): MarshalledVertex['calls'] {
    const asked = this.#asked;
    if (asked.length === inputs.length) {
      return asked.map((output, index) => ({ output, index }));
    }
    return asked.map((output) => {
      const digest = this.#digestOf(output.vertex);
      return { output, index: inputs.findIndex((input) => input.digest === digest) };
    });
  }

  #place({ info }: Vertex, known: MarshalledVertex): void {
    const { linesOf } = this.options;
    const { locations } = info;
    let same = known.lines.length === locations.length;
    const lines = locations.map((instruction, index) => {
      const now = instruction && linesOf?.(instruction);
      const before = known.lines[index];
      same &&= now === before || (now?.first === before?.first && now?.last === before?.last);
      return now;
    });
    if (same) return;
    known.lines = lines;
    known.locations = lines.map(locationOf);
  }

  #addTerminal(input: OpInput): void {
    const op = terminalOp(input);
    const bytes = marshalOp(op);
    const digest = digestOf(bytes);
    const needed = new Set<string>([caps.constraints, caps.platform]);
    for (const metadata of this.#metadata.values()) {
      if (metadata.ignoreCache) needed.add(caps.metaIgnoreCache);
      if (hasEntries(metadata.description)) needed.add(caps.metaDescription);
    }
    this.#ops.push({ digest, bytes, op });
    this.#metadata.set(digest, { ...noMetadata, caps: [...needed].sort() });
  }
}

function hasEntries(object: Readonly<Record<string, string>>): boolean {
  for (const _key in object) return true;
  return false;
}

function locationOf(lines: Lines | undefined): SourceLocation {
  const ranges = (lines === undefined ? [] : lineList(lines)).map((line) => {
    const place = { line, character: 0 };
    return { start: place, end: place };
  });
  return { sourceIndex: 0, ranges };
}

function metadataOf(info: VertexInfo, needed: readonly Capability[]): OpMetadata {
  const { progressGroup, linuxResources } = info;
  return {
    ignoreCache: info.ignoreCache === true,
    description: info.description,
    caps: [...new Set<string>(needed)].sort(),
    ...(progressGroup && { progressGroup }),
    ...(linuxResources && { linuxResources }),
  };
}

/** What comes later wins. */
function merged(known: OpMetadata, next: OpMetadata): OpMetadata {
  return {
    ...known,
    ...next,
    ignoreCache: known.ignoreCache || next.ignoreCache,
    description: { ...known.description, ...next.description },
    caps: [...new Set([...known.caps, ...next.caps])].sort(),
  };
}

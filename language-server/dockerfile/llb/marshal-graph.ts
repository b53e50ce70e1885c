/**
 * Graph → Definition: ops in BuildKit's order, with digests, metadata and places.
 *
 * With a memo from the last time, a vertex whose inputs have the same digests gives the very objects
 * that it gave then, and one whose inputs merely changed their digests gets them written into a copy
 * of its bytes.
 */
import type {
  Definition,
  OpMetadata,
  SourceInfo,
  SourceLocation,
} from '../../../proto/model/definition';
import { digestOf, type Digest } from '../../../proto/model/digest';
import {
  marshalOp,
  terminalOp,
  writeInputDigests,
  type FieldOrder,
} from '../../../proto/model/marshal';
import type { Op, OpInput, Platform } from '../../../proto/model/op';
import type { InstructionContent } from '../parser/chunk';
import { lineList, type Lines } from '../text/span';
import { caps, type Capability, type Supports } from './capabilities';
import { MarshalledOp } from './marshalled-op';
import { OriginTable, type Origins } from './origin-table';
import type {
  MarshalContext,
  MarshalledVertex,
  Output,
  Vertex,
  VertexInfo,
  VertexOrigin,
} from './vertex';

export type MarshalledGraph = { readonly definition: Definition; readonly origins: Origins };

export type MarshalOptions = {
  /** The platform of ops that name none. */
  readonly platform: Platform;
  readonly supports: Supports;
  /** How the daemon's release writes ops. */
  readonly order?: FieldOrder;
  /** The text that locations refer to; asked for only when there are some. */
  readonly source?: () => SourceInfo;
  /** Where an instruction stands. */
  readonly linesOf?: (instruction: InstructionContent) => Lines | undefined;
  /** Names the places of `linesOf`: as long as it is the same object, known instructions stay. */
  readonly layout?: object;
  /** For graphs that are marshalled again and again, with the same options apart from places. */
  readonly memo?: MarshalMemo;
};

/**
 * Owns what is kept of vertices from one time to the next. A vertex can be marshalled under one memo
 * at a time; under another one it is simply done anew.
 */
export class MarshalMemo {
  run = 0;
  /** The layout that the places of the last run are from. */
  layout: object | undefined;
  /** The graph of the last run. */
  kept: KeptGraph | undefined;

  of(vertex: Vertex): MarshalledVertex {
    const known = vertex.marshalled;
    if (known?.owner === this) return known;
    return (vertex.marshalled = {
      owner: this,
      vertex,
      inputs: vertex.inputs(),
      ordered: 0,
      marshalled: 0,
      position: 0,
      op: undefined,
      calls: [],
      scratch: undefined,
      notes: { metadata: noMetadata, locations: [] },
      layout: undefined,
      lines: [],
    });
  }
}

/**
 * A whole graph. An edit mostly leaves its shape: some outputs hold another vertex, which has the
 * same inputs. Then the order stays, and only what has changed, or stands on it, is looked at.
 */
type KeptGraph = {
  readonly head: Output;
  readonly layout: object;
  /** In their order. */
  readonly vertices: readonly MarshalledVertex[];
  /** Of each, the output by which it was met, the positions of its inputs, and its op's place. */
  readonly outputs: readonly Output[];
  readonly inputs: readonly (readonly number[])[];
  readonly places: readonly number[];
  /** The places of ops that several vertices make. */
  readonly shared: ReadonlySet<number>;
  readonly ops: readonly MarshalledOp[];
  readonly origins: readonly (VertexOrigin | undefined)[];
  readonly hasPlaces: boolean;
  /** Where each digest's op is; goes on to the next graph. */
  readonly digests: Map<Digest, number>;
};

const noMetadata: OpMetadata = { ignoreCache: false, description: {}, caps: [] };

/**
 * Turns the graph below an output into a definition; an empty one for an empty file system.
 * @throws Error with BuildKit's message for an op that cannot be written.
 */
export function marshalGraph(output: Output | undefined, options: MarshalOptions): MarshalledGraph {
  if (output === undefined)
    return { definition: emptyDefinition, origins: new OriginTable([], []) };
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
  #ops: MarshalledOp[] = [];
  /** For each of the ops. */
  #origins: (VertexOrigin | undefined)[] = [];
  /** Where each digest's op is in the list. */
  readonly #places = new Map<Digest, number>();
  #hasPlaces = false;
  /** The inputs that the op at hand has asked for. */
  #asked: Output[] = [];

  constructor(private readonly options: MarshalOptions) {
    this.#memo = options.memo ?? new MarshalMemo();
    this.#memo.layout = options.layout;
    this.#context = {
      platform: options.platform,
      supports: options.supports,
      inputOf: (output) => {
        this.#asked.push(output);
        return { digest: this.#digestOf(output), index: 0 };
      },
    };
  }

  marshal(output: Output): MarshalledGraph {
    const memo = this.#memo;
    const { kept } = memo;
    memo.kept = undefined;
    memo.run++;
    memo.kept = kept && this.#sameShape(output, kept);
    if (memo.kept === undefined) {
      memo.run++;
      memo.kept = this.#whole(output);
    }
    const ops = this.#ops;
    return {
      definition: definitionOf(ops, this.#hasPlaces ? this.options.source : undefined),
      origins: new OriginTable(ops, this.#origins),
    };
  }

  /** @returns what to keep of it */
  #whole(output: Output): KeptGraph | undefined {
    const { order, outputs } = this.#inOrder(output);
    const places = order.map((known) => this.#add(known));
    this.#addTerminal({ digest: this.#digestOf(output), index: 0 });
    const { layout, memo } = this.options;
    if (layout === undefined || memo === undefined) return undefined;
    const seen = new Set<number>();
    const shared = new Set<number>();
    for (const place of places) {
      if (seen.has(place)) shared.add(place);
      seen.add(place);
    }
    return {
      head: output,
      layout,
      vertices: order,
      outputs,
      inputs: order.map(({ inputs }) => inputs.map((input) => memo.of(input.vertex).position)),
      places,
      shared,
      ops: this.#ops,
      origins: this.#origins,
      hasPlaces: this.#hasPlaces,
      digests: this.#places,
    };
  }

  /** The last graph with what has changed in it; undefined where more has changed than that. */
  #sameShape(output: Output, kept: KeptGraph): KeptGraph | undefined {
    const { layout } = this.options;
    if (kept.head !== output || layout === undefined) return undefined;
    const hasMoved = kept.layout !== layout;
    const memo = this.#memo;
    const { run } = memo;
    const vertices = [...kept.vertices];
    const ops = [...kept.ops];
    const origins = [...kept.origins];
    const changed: number[] = [];
    const isChanged = new Uint8Array(vertices.length);
    for (const [position, { vertex }] of kept.outputs.entries()) {
      const before = kept.vertices[position];
      const place = kept.places[position];
      if (before === undefined || place === undefined) return undefined;
      const isNew = before.vertex !== vertex;
      const known = isNew ? memo.of(vertex) : before;
      if (isNew) {
        const stands = vertices[known.position] === known;
        if (stands || kept.shared.has(place)) return undefined;
        known.position = position;
        vertices[position] = known;
      }
      const inputs = kept.inputs[position] ?? [];
      if (known.inputs.length !== inputs.length) return undefined;
      let dirty = isNew;
      for (let index = 0; index < inputs.length; index++) {
        const at = inputs[index] ?? -1;
        if (vertices[at]?.vertex !== known.inputs[index]?.vertex) return undefined;
        dirty ||= isChanged[at] === 1;
      }
      known.ordered = run;
      known.marshalled = run;
      if (!dirty) {
        if (!hasMoved) continue;
        known.layout = layout;
        if (!this.#move(known) || known.op === undefined) continue;
        known.op = known.op.noted(known.notes);
        if (!kept.shared.has(place)) ops[place] = known.op;
        continue;
      }
      const op = this.#opOf(known);
      if (isNew && !sayAsMuch(known, before)) return undefined;
      if (op === ops[place]) continue;
      if (kept.shared.has(place)) return undefined;
      ops[place] = op;
      origins[place] = vertex.info.origin;
      isChanged[position] = 1;
      changed.push(place);
    }
    if (!moveDigests(kept, ops, changed)) return undefined;
    if (hasMoved) moveShared(kept, vertices, ops);
    this.#ops = ops;
    this.#origins = origins;
    this.#hasPlaces = kept.hasPlaces;
    this.#renewTerminal({ digest: this.#digestOf(output), index: 0 });
    return { ...kept, layout, vertices, ops, origins };
  }

  /** Inputs before their users, depth first; by hand, for a stage can be thousands of ops deep. */
  #inOrder(head: Output): { order: MarshalledVertex[]; outputs: Output[] } {
    const memo = this.#memo;
    const { run } = memo;
    const order: MarshalledVertex[] = [];
    const outputs: Output[] = [];
    const stack: MarshalledVertex[] = [memo.of(head.vertex)];
    const met: Output[] = [head];
    /** The next input of each on the stack. */
    const next: number[] = [0];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const at = next[next.length - 1] ?? 0;
      const input = top.inputs[at];
      if (input === undefined) {
        stack.pop();
        next.pop();
        const output = met.pop();
        if (top.ordered === run || output === undefined) continue;
        top.ordered = run;
        top.position = order.length;
        order.push(top);
        outputs.push(output);
        continue;
      }
      next[next.length - 1] = at + 1;
      const known = memo.of(input.vertex);
      if (known.ordered === run) continue;
      stack.push(known);
      met.push(input);
      next.push(0);
    }
    return { order, outputs };
  }

  #digestOf(output: Output): Digest {
    const { op, marshalled } = this.#memo.of(output.vertex);
    if (op === undefined || marshalled !== this.#memo.run) {
      throw new Error('an input was not marshalled before its user');
    }
    return op.digest;
  }

  /** The vertex' op, with what is said about it. */
  #opOf(known: MarshalledVertex): MarshalledOp {
    const isNew = known.op === undefined;
    let op = this.#again(known) ?? this.#anew(known);
    const { layout } = this.options;
    const holds = !isNew && layout !== undefined && known.layout === layout;
    if (!holds && this.#move(known)) op = op.noted(known.notes);
    known.layout = layout;
    known.op = op;
    return op;
  }

  /** @returns the op's place in the list */
  #add(known: MarshalledVertex): number {
    const op = this.#opOf(known);
    known.marshalled = this.#memo.run;
    this.#hasPlaces ||= known.notes.locations.length > 0;
    const place = this.#places.get(op.digest);
    if (place === undefined) {
      this.#places.set(op.digest, this.#ops.length);
      this.#origins.push(known.vertex.info.origin);
      return this.#ops.push(op) - 1;
    }
    // Ops with one digest share what is said about them.
    const { notes } = this.#ops[place] ?? op;
    this.#origins[place] ??= known.vertex.info.origin;
    this.#ops[place] = op.noted({
      metadata: merged(notes.metadata, known.notes.metadata),
      locations: [...notes.locations, ...known.notes.locations],
    });
    return place;
  }

  /** The op of the last time with its inputs' new digests; undefined if it must be made anew. */
  #again(known: MarshalledVertex): MarshalledOp | undefined {
    const { op, calls } = known;
    if (op === undefined) return undefined;
    const { inputs } = op.op;
    let same = true;
    for (const { output, index } of calls) {
      if (inputs[index]?.digest === this.#digestOf(output)) continue;
      same = false;
      break;
    }
    return same ? op : this.#rewired(known, op);
  }

  #rewired(
    known: MarshalledVertex,
    { op, notes, pattern }: MarshalledOp,
  ): MarshalledOp | undefined {
    const digests: Digest[] = [];
    for (const { output, index } of known.calls) {
      const digest = this.#digestOf(output);
      const earlier = digests[index];
      // Inputs that were one are no longer.
      if (earlier !== undefined && earlier !== digest) return undefined;
      digests[index] = digest;
    }
    // Inputs that were several are now one: the op may count them once.
    if (digests.length > 1 && new Set(digests).size !== digests.length) return undefined;
    const scratch = (known.scratch ??= pattern.slice());
    writeInputDigests(scratch, digests);
    const inputs: OpInput[] = op.inputs.map(({ digest, index }, place) => ({
      digest: digests[place] ?? digest,
      index,
    }));
    const { platform, op: kind } = op;
    const next: Op = platform === undefined ? { inputs, op: kind } : { inputs, platform, op: kind };
    return new MarshalledOp(digestOf(scratch), next, notes, pattern, true);
  }

  #anew(known: MarshalledVertex): MarshalledOp {
    this.#asked = [];
    const { op, caps: needed } = known.vertex.toOp(this.#context);
    const bytes = marshalOp(op, this.options.order);
    known.calls = this.#calls(op.inputs);
    known.scratch = undefined;
    const { locations } = known.notes;
    known.notes = { metadata: metadataOf(known.vertex.info, needed), locations };
    return new MarshalledOp(digestOf(bytes), op, known.notes, bytes, false);
  }

  /** Ties what an op has asked for to its inputs; none where the two do not match one to one. */
  #calls(inputs: readonly OpInput[]): MarshalledVertex['calls'] {
    const asked = this.#asked;
    if (asked.length === inputs.length) {
      return asked.map((output, index) => ({ output, index }));
    }
    return asked.map((output) => {
      const digest = this.#digestOf(output);
      return { output, index: inputs.findIndex((input) => input.digest === digest) };
    });
  }

  /** Looks where the vertex' instructions stand; says whether that is news. */
  #move(known: MarshalledVertex): boolean {
    const { linesOf } = this.options;
    const { locations } = known.vertex.info;
    let same = known.lines.length === locations.length;
    const lines = locations.map((instruction, index) => {
      const now = instruction && linesOf?.(instruction);
      const before = known.lines[index];
      same &&= now === before || (now?.first === before?.first && now?.last === before?.last);
      return now;
    });
    if (same) return false;
    known.lines = lines;
    known.notes = { metadata: known.notes.metadata, locations: lines.map(locationOf) };
    return true;
  }

  #addTerminal(input: OpInput): void {
    const op = terminalOp(input);
    const bytes = marshalOp(op, this.options.order);
    const digest = digestOf(bytes);
    const needed = new Set<string>([caps.constraints, caps.platform]);
    for (const { notes } of this.#ops) {
      if (notes.metadata.ignoreCache) needed.add(caps.metaIgnoreCache);
      if (hasEntries(notes.metadata.description)) needed.add(caps.metaDescription);
    }
    const metadata = { ...noMetadata, caps: [...needed].sort() };
    this.#ops.push(new MarshalledOp(digest, op, { metadata, locations: [] }, bytes, false));
  }

  /** What it needs follows from what the ops say about themselves, which has not changed. */
  #renewTerminal(input: OpInput): void {
    const before = this.#ops.at(-1);
    if (before === undefined || before.op.inputs[0]?.digest === input.digest) return;
    const op = terminalOp(input);
    const bytes = marshalOp(op, this.options.order);
    this.#ops[this.#ops.length - 1] = before.with(digestOf(bytes), op, bytes);
  }
}

/** Whether two vertices have the same effect on what the whole definition says and needs. */
function sayAsMuch({ notes: a }: MarshalledVertex, { notes: b }: MarshalledVertex): boolean {
  return (
    (a.locations.length === 0) === (b.locations.length === 0) &&
    a.metadata.ignoreCache === b.metadata.ignoreCache &&
    hasEntries(a.metadata.description) === hasEntries(b.metadata.description)
  );
}

/** Ops that several vertices make stand in the places of all of them. */
function moveShared(
  { shared, places }: KeptGraph,
  vertices: readonly MarshalledVertex[],
  ops: MarshalledOp[],
): void {
  if (shared.size === 0) return;
  const locations = new Map<number, SourceLocation[]>();
  for (const [position, { notes }] of vertices.entries()) {
    const place = places[position] ?? -1;
    if (!shared.has(place)) continue;
    const list = locations.get(place);
    if (list === undefined) locations.set(place, [...notes.locations]);
    else list.push(...notes.locations);
  }
  for (const [place, list] of locations) {
    const op = ops[place];
    if (op !== undefined) ops[place] = op.noted({ metadata: op.notes.metadata, locations: list });
  }
}

/** Notes the digests of ops that have changed; false when two ops have become one. */
function moveDigests(
  { ops: before, digests }: KeptGraph,
  ops: readonly MarshalledOp[],
  changed: readonly number[],
): boolean {
  for (const place of changed) {
    const old = before[place];
    if (old !== undefined) digests.delete(old.digest);
  }
  for (const place of changed) {
    const op = ops[place];
    if (op === undefined || digests.has(op.digest)) return false;
    digests.set(op.digest, place);
  }
  return true;
}

/** Its tables are made when they are asked for: an editor asks for none of them. */
function definitionOf(
  ops: readonly MarshalledOp[],
  source: (() => SourceInfo) | undefined,
): Definition {
  let metadata: Definition['metadata'] | undefined;
  let locations: Definition['locations'] | undefined;
  let sources: Definition['sources'] | undefined;
  return {
    ops,
    get metadata() {
      return (metadata ??= new Map(ops.map(({ digest, notes }) => [digest, notes.metadata])));
    },
    get locations() {
      return (locations ??= new Map(
        ops.flatMap(({ digest, op, notes }) =>
          op.op.kind === 'terminal' ? [] : [[digest, notes.locations]],
        ),
      ));
    },
    get sources() {
      return (sources ??= source === undefined ? [] : [source()]);
    },
  };
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

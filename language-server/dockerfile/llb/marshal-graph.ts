/**
 * Graph → Definition: ops in BuildKit's order, with digests, metadata and places.
 *
 * With a memo from the last time, a vertex whose inputs have the same digests gives the very objects
 * that it gave then, and one whose inputs merely changed their digests gets them written into a copy
 * of its bytes.
 */
import type { Definition, DefinitionEdit, SourceInfo } from '../../../proto/model/definition';
import { digestOf, type Digest } from '../../../proto/model/digest';
import {
  marshalOp,
  terminalOp,
  writeInputDigests,
  type FieldOrder,
} from '../../../proto/model/marshal';
import type { Op, OpInput, Platform } from '../../../proto/model/op';
import type { InstructionContent } from '../parser/chunk';
import type { Lines } from '../text/span';
import { caps, type Supports } from './capabilities';
import { InputPlaces } from './input-places';
import { moveDigests, MarshalMemo, moveShared, type KeptGraph } from './marshal-memo';
import { MarshalledOp } from './marshalled-op';
import { hasEntries, locationOf, merged, metadataOf, noMetadata, sayAsMuch } from './op-notes';
import { OriginTable, type Origins } from './origin-table';
import type { MarshalContext, MarshalledVertex, Output, VertexOrigin } from './vertex';

export type MarshalledGraph = {
  readonly definition: Definition;
  readonly origins: Origins;
  readonly inputPlaces: InputPlaces;
};

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
  /** Names the graph: as long as it is the same object, no output in it has another vertex. */
  readonly version?: object;
  /** For graphs that are marshalled again and again, with the same options apart from places. */
  readonly memo?: MarshalMemo;
};

/**
 * Turns the graph below an output into a definition; an empty one for an empty file system.
 * @throws Error with BuildKit's message for an op that cannot be written.
 */
export function marshalGraph(output: Output | undefined, options: MarshalOptions): MarshalledGraph {
  if (output === undefined)
    return {
      definition: emptyDefinition,
      origins: new OriginTable([], []),
      inputPlaces: new InputPlaces([]),
    };
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
  readonly #origins: (VertexOrigin | undefined)[] = [];
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
    const before = memo.kept;
    memo.kept = undefined;
    const same = before !== undefined && this.#isSame(output, before);
    let kept = same ? before : before && this.#sameShape(output, before);
    let edit = kept && before && editOf(before, kept);
    if (kept === undefined) {
      memo.run++;
      kept = this.#whole(output);
      edit = kept && { version: kept.edition, before: undefined, places: [] };
    }
    memo.kept = kept;
    const ops = kept?.ops ?? this.#ops;
    const hasPlaces = kept?.hasPlaces ?? this.#hasPlaces;
    return {
      definition: definitionOf(ops, hasPlaces ? this.options.source : undefined, edit),
      origins: new OriginTable(ops, kept?.origins ?? this.#origins),
      inputPlaces: kept?.inputPlaces ?? new InputPlaces(ops),
    };
  }

  /** Whether the last graph is to be the same again. */
  #isSame(output: Output, kept: KeptGraph): boolean {
    const { layout, version } = this.options;
    if (version === undefined || kept.version !== version) return false;
    return kept.head === output && kept.layout === layout;
  }

  /** @returns what to keep of it */
  #whole(output: Output): KeptGraph | undefined {
    const { order, outputs } = this.#inOrder(output);
    const places = order.map((known) => this.#add(known));
    this.#addTerminal({ digest: this.#digestOf(output), index: 0 });
    const { layout, version, memo } = this.options;
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
      inputPlaces: new InputPlaces(this.#ops),
      hasPlaces: this.#hasPlaces,
      digests: this.#places,
      version,
      edition: {},
    };
  }

  /** The last graph with what has changed in it; undefined where more has changed than that. */
  #sameShape(output: Output, kept: KeptGraph): KeptGraph | undefined {
    const { layout, version } = this.options;
    if (kept.head !== output || layout === undefined) return undefined;
    const hasMoved = kept.layout !== layout;
    const { run } = this.#memo;
    const vertices = kept.vertices.slice();
    const ops = kept.ops.slice();
    const origins = kept.origins.slice();
    /** Places of ops with other digests, and of those of other vertices among them. */
    const changed: number[] = [];
    const replaced: number[] = [];
    const isChanged = new Uint8Array(vertices.length);
    for (let position = 0; position < vertices.length; position++) {
      const before = vertices[position];
      const place = kept.places[position];
      if (before === undefined || place === undefined) return undefined;
      const known = this.#inPlace(kept, position);
      const inputs = kept.inputs[position] ?? [];
      if (known !== before) {
        const stands = vertices[known.position] === known;
        if (stands || kept.shared.has(place)) return undefined;
        known.position = position;
        vertices[position] = known;
        replaced.push(place);
      }
      if (known.inputs.length !== inputs.length) return undefined;
      let dirty = known !== before;
      for (let index = 0; index < inputs.length; index++) {
        const at = inputs[index] ?? -1;
        if (vertices[at]?.vertex !== known.inputs[index]?.vertex) return undefined;
        dirty ||= isChanged[at] === 1;
      }
      if (!dirty) {
        if (hasMoved && this.#hasMoved(known) && known.op !== undefined) {
          known.op = known.op.noted(known.notes);
          if (!kept.shared.has(place)) ops[place] = known.op;
        }
        continue;
      }
      const op = this.#opOf(known);
      known.marshalled = run;
      if (known !== before && !sayAsMuch(known, before)) return undefined;
      if (op === ops[place]) continue;
      if (kept.shared.has(place)) return undefined;
      ops[place] = op;
      origins[place] = known.vertex.info.origin;
      isChanged[position] = 1;
      changed.push(place);
    }
    if (!moveDigests(kept, ops, changed)) return undefined;
    if (hasMoved) moveShared(kept, vertices, ops);
    this.#ops = ops;
    this.#renewTerminal({ digest: this.#digestOf(output), index: 0 });
    const inputPlaces = kept.inputPlaces.again(ops, replaced);
    return { ...kept, layout, version, vertices, ops, origins, inputPlaces, edition: {} };
  }

  /** What stands at a position of the last graph now. */
  #inPlace({ vertices, outputs }: KeptGraph, position: number): MarshalledVertex {
    const before = vertices[position];
    const vertex = outputs[position]?.vertex;
    if (before === undefined || vertex === undefined) throw new Error('no such position');
    return before.vertex === vertex ? before : this.#memo.of(vertex);
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
    if (!holds && this.#hasMoved(known)) op = op.noted(known.notes);
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
    // Ops with one digest share what is said about them; where that is one thing, the last one says
    // it, as with a vertex' name.
    const { notes } = this.#ops[place] ?? op;
    this.#origins[place] = known.vertex.info.origin ?? this.#origins[place];
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
  #hasMoved(known: MarshalledVertex): boolean {
    const { linesOf, layout } = this.options;
    known.layout = layout;
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

/** What the next graph of the same shape says of itself. */
function editOf(before: KeptGraph, { ops, edition }: KeptGraph): DefinitionEdit {
  const places: number[] = [];
  if (ops !== before.ops) {
    for (let place = 0; place < ops.length; place++) {
      if (ops[place] !== before.ops[place]) places.push(place);
    }
  }
  return { version: edition, before: before.edition, places };
}

/** Its tables are made when they are asked for: an editor asks for none of them. */
function definitionOf(
  ops: readonly MarshalledOp[],
  source: (() => SourceInfo) | undefined,
  edit: DefinitionEdit | undefined,
): Definition {
  let metadata: Definition['metadata'] | undefined;
  let locations: Definition['locations'] | undefined;
  let sources: Definition['sources'] | undefined;
  return {
    ops,
    ...(edit && { edit }),
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

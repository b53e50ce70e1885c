/** What marshalling keeps of a graph from one time to the next. */
import type { SourceLocation } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { InputPlaces } from './input-places';
import type { MarshalledOp } from './marshalled-op';
import { noMetadata } from './op-notes';
import type { MarshalledVertex, Output, Vertex, VertexOrigin } from './vertex';

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
export type KeptGraph = {
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
  readonly inputPlaces: InputPlaces;
  readonly hasPlaces: boolean;
  /** Where each digest's op is; goes on to the next graph. */
  readonly digests: Map<Digest, number>;
  /** See {@link MarshalOptions.version}. */
  readonly version: object | undefined;
  /** Stands for its definition. */
  readonly edition: object;
};

/** Ops that several vertices make stand in the places of all of them. */
export function moveShared(
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
export function moveDigests(
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

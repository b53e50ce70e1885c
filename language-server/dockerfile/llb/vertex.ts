/**
 * The graph that a Dockerfile becomes, before it has digests.
 *
 * A vertex knows its inputs and how to become an op once their digests are known. It is turned into
 * an op only at the end, because some depend on the whole file: the build context lists the paths
 * that all stages use.
 */
import type { LinuxResources, OpNotes, ProgressGroup } from '../../../proto/model/definition';
import type { Op, OpInput, Platform } from '../../../proto/model/op';
import type { InstructionContent } from '../parser/chunk';
import type { Lines } from '../text/span';
import type { Capability, Supports } from './capabilities';
import type { MarshalledOp } from './marshalled-op';

/** The root file system that a vertex makes; every vertex here has this one output. */
export interface Output {
  readonly vertex: Vertex;
}

/** What is said about a vertex besides its op. */
export type VertexInfo = {
  readonly description: Readonly<Record<string, string>>;
  readonly ignoreCache?: boolean;
  readonly progressGroup?: ProgressGroup;
  readonly linuxResources?: LinuxResources;
  /** The instructions it comes from; an undefined one is a place without ranges. */
  readonly locations: readonly (InstructionContent | undefined)[];
  readonly origin?: VertexOrigin;
};

export type VertexOrigin = {
  readonly stage?: { readonly id: string; readonly name: string };
  readonly instruction?: InstructionContent | undefined;
  readonly uncertain?: boolean;
};

export type MarshalContext = {
  /** The platform of ops that name none. */
  readonly platform: Platform;
  /** `unknown` for ops made without regard to a daemon. */
  readonly supports: Supports | 'unknown';
  inputOf(output: Output): OpInput;
};

export interface Vertex {
  readonly info: VertexInfo;
  /** Belongs to `marshal-graph.ts`: what it has made of the vertex the last time. */
  marshalled?: MarshalledVertex;
  /** In the order in which BuildKit walks them, without repetition. */
  inputs(): readonly Output[];
  /**
   * The op, and what it needs of a daemon.
   * @throws Error with BuildKit's message.
   */
  toOp(context: MarshalContext): { readonly op: Op; readonly caps: readonly Capability[] };
}

/** What marshalling keeps of a vertex from one time to the next. */
export interface MarshalledVertex {
  /** Who keeps it; for anybody else it does not count. */
  readonly owner: object;
  readonly vertex: Vertex;
  readonly inputs: readonly Output[];
  /** The run in which it was last put in order, and the one in which it was last marshalled. */
  ordered: number;
  marshalled: number;
  /** Where it was in that order. */
  position: number;
  op: MarshalledOp | undefined;
  /** Every input that the op asked for, and its index in the op. */
  calls: readonly { readonly output: Output; readonly index: number }[];
  /** Bytes of the op to write digests into; nobody else's. */
  scratch: Uint8Array | undefined;
  notes: OpNotes;
  /** Where its instructions stood, and in which layout. */
  layout: object | undefined;
  lines: readonly (Lines | undefined)[];
}

/** `llb.customname` and friends. */
export function named(name: string): VertexInfo {
  return { description: { 'llb.customname': name }, locations: [] };
}

/** An output whose vertex is made when it is first asked for. */
export function lazyOutput(make: () => Vertex): Output {
  let vertex: Vertex | undefined;
  return {
    get vertex() {
      return (vertex ??= make());
    },
  };
}

/** Adds an input to an op's inputs unless an equal one is there; gives its index. */
export function addInput(inputs: OpInput[], input: OpInput): number {
  const known = inputs.findIndex(
    (other) => other.digest === input.digest && other.index === input.index,
  );
  return known >= 0 ? known : inputs.push(input) - 1;
}

/** Outputs without repetition. */
export function distinct(outputs: readonly (Output | undefined)[]): Output[] {
  const present = outputs.filter((output) => output !== undefined);
  return [...new Set(present)];
}

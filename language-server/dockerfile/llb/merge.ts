/** Merge ops: file systems laid over each other. */
import type { OpInput } from '../../../proto/model/op';
import { caps } from './capabilities';
import type { MarshalledVertex, MarshalContext, Output, Vertex, VertexInfo } from './vertex';

export class MergeVertex implements Vertex, Output {
  readonly vertex = this;
  marshalled?: MarshalledVertex;

  constructor(
    private readonly layers: readonly Output[],
    readonly info: VertexInfo,
  ) {}

  inputs(): readonly Output[] {
    return this.layers;
  }

  /** Equal inputs are not joined here, as they are elsewhere. */
  toOp(context: MarshalContext): ReturnType<Vertex['toOp']> {
    const inputs: OpInput[] = this.layers.map((layer) => context.inputOf(layer));
    return {
      op: { inputs, op: { kind: 'merge', inputs: inputs.map((_, index) => index) } },
      caps: [caps.mergeOp],
    };
  }
}

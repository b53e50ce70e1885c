/** A call that did not end well. */
export class GrpcFailure extends Error {
  override readonly name = 'GrpcFailure';

  constructor(
    /** One of `StatusCode`. */
    readonly code: number,
    message: string,
    /** The trailer `grpc-status-details-bin`: a google.rpc.Status. */
    readonly details?: Uint8Array,
  ) {
    super(message);
  }
}

/** BuildKit's Control service: builds, their status and history, workers, disk usage. */
import { ContentService } from '../generated/content';
import * as pb from '../generated/control';
import type { Init } from '../wire/message';
import type { CallOptions, Duplex, Rpc } from './rpc';

export class Control {
  constructor(private readonly rpc: Rpc) {}

  /** The daemon's version. BuildKit ≥ 0.11; fails with UNIMPLEMENTED before. */
  info(options?: CallOptions): Promise<pb.InfoResponse> {
    return this.rpc.unary(pb.ControlService.info, {}, options);
  }

  listWorkers(options?: CallOptions): Promise<pb.ListWorkersResponse> {
    return this.rpc.unary(pb.ControlService.listWorkers, {}, options);
  }

  diskUsage(
    request: Init<pb.DiskUsageRequest> = {},
    options?: CallOptions,
  ): Promise<pb.DiskUsageResponse> {
    return this.rpc.unary(pb.ControlService.diskUsage, request, options);
  }

  /** Yields what was removed, as it is removed. */
  prune(request: Init<pb.PruneRequest>, options?: CallOptions): AsyncIterable<pb.UsageRecord> {
    return this.rpc.serverStream(pb.ControlService.prune, request, options);
  }

  /**
   * Runs a build; answers when it is over. With an empty frontend and no definition it opens a job
   * instead, which lives until the gateway's `return` or until this call is cancelled.
   */
  solve(request: Init<pb.SolveRequest>, options?: CallOptions): Promise<pb.SolveResponse> {
    return this.rpc.unary(pb.ControlService.solve, request, options);
  }

  /** Status of a running build until it ends; of a finished one, its replay (≥ 0.11). */
  status(ref: string, options?: CallOptions): AsyncIterable<pb.StatusResponse> {
    return this.rpc.serverStream(pb.ControlService.status, { ref }, options);
  }

  /** Finished and running builds. Without `earlyExit` the stream stays open and reports changes. */
  history(
    request: Init<pb.BuildHistoryRequest>,
    options?: CallOptions,
  ): AsyncIterable<pb.BuildHistoryEvent> {
    return this.rpc.serverStream(pb.ControlService.listenBuildHistory, request, options);
  }

  async updateHistory(
    request: Init<pb.UpdateBuildHistoryRequest>,
    options?: CallOptions,
  ): Promise<void> {
    await this.rpc.unary(pb.ControlService.updateBuildHistory, request, options);
  }

  /** The raw session stream; `session/` runs the session's services on it. */
  session(options: CallOptions): Duplex<pb.BytesMessage, pb.BytesMessage> {
    return this.rpc.bidi(pb.ControlService.session, options);
  }

  /** A blob of the build history, such as a record's `logs` or `externalError`. */
  async readContent(digest: string, options?: CallOptions): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const { data } of this.rpc.serverStream(ContentService.read, { digest }, options)) {
      chunks.push(data);
    }
    return Buffer.concat(chunks);
  }
}

/**
 * The gateway of one build (LLBBridge): solve pieces, read their files, run containers on them.
 *
 * The build is a `Control.solve` without a frontend that is kept open; every call here names it in
 * the header `buildkit-controlapi-buildid`. Refs belong to the build and die with it.
 */
import * as pb from '../generated/gateway';
import type { Stat } from '../generated/fsutil';
import type { Status } from '../generated/status';
import type { WorkerRecord } from '../generated/worker';
import type { Init } from '../wire/message';
import { BuildkitError } from './buildkit-error';
import { ContainerProcess } from './container-process';
import type { CallOptions, Rpc } from './rpc';

export type GatewayPing = {
  /** Enabled capabilities of the gateway itself, e.g. `gateway.exec.filesystem`. */
  readonly caps: ReadonlySet<string>;
  /** Enabled capabilities of LLB, e.g. `diffop`. */
  readonly llbCaps: ReadonlySet<string>;
  readonly workers: readonly WorkerRecord[];
};

type Exec = Omit<Init<pb.InitMessage>, 'fds'>;

const service = pb.LLBBridgeService;

export class Gateway {
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly rpc: Rpc,
    /** The `ref` of the `Control.solve` this gateway works in. */
    readonly buildRef: string,
  ) {
    this.headers = { 'buildkit-controlapi-buildid': buildRef };
  }

  private with(options: CallOptions = {}): CallOptions {
    return { ...options, headers: { ...options.headers, ...this.headers } };
  }

  /** Waits for the build to exist; call it first. */
  async ping(options?: CallOptions): Promise<GatewayPing> {
    const pong = await this.rpc.unary(service.ping, {}, this.with(options));
    const enabled = (caps: pb.PongResponse['llbCaps']): ReadonlySet<string> =>
      new Set(caps.filter((cap) => cap.enabled).map((cap) => cap.id));
    return {
      caps: enabled(pong.frontendApiCaps),
      llbCaps: enabled(pong.llbCaps),
      workers: pong.workers,
    };
  }

  /**
   * Solves a definition or asks a frontend for one. `allowResultReturn` and `allowResultArrayRef`
   * are set, so the answer is in `result.ref` or `result.refs`. Lazy unless `evaluate` is set.
   */
  async solve(request: Init<pb.SolveRequest>, options?: CallOptions): Promise<pb.Result> {
    const { result } = await this.rpc.unary(
      service.solve,
      { allowResultReturn: true, allowResultArrayRef: true, ...request },
      this.with(options),
    );
    return result ?? pb.Result.empty();
  }

  /** Runs what a lazy ref stands for. BuildKit ≥ 0.11. */
  async evaluate(ref: string, options?: CallOptions): Promise<void> {
    await this.rpc.unary(service.evaluate, { ref }, this.with(options));
  }

  /** One level of a directory; the paths of the entries are base names. Evaluates a lazy ref. */
  async readDir(request: Init<pb.ReadDirRequest>, options?: CallOptions): Promise<readonly Stat[]> {
    return (await this.rpc.unary(service.readDir, request, this.with(options))).entries;
  }

  /** A file or, by `range`, a piece of it; ask for pieces of at most 4 MiB from old daemons. */
  async readFile(request: Init<pb.ReadFileRequest>, options?: CallOptions): Promise<Uint8Array> {
    return (await this.rpc.unary(service.readFile, request, this.with(options))).data;
  }

  /** A missing path fails with code UNKNOWN and a message, not NOT_FOUND. */
  async statFile(request: Init<pb.StatFileRequest>, options?: CallOptions): Promise<Stat> {
    return present((await this.rpc.unary(service.statFile, request, this.with(options))).stat);
  }

  resolveImageConfig(
    request: Init<pb.ResolveImageConfigRequest>,
    options?: CallOptions,
  ): Promise<pb.ResolveImageConfigResponse> {
    return this.rpc.unary(service.resolveImageConfig, request, this.with(options));
  }

  /** BuildKit ≥ 0.13 (`source.metaresolver`). */
  resolveSourceMeta(
    request: Init<pb.ResolveSourceMetaRequest>,
    options?: CallOptions,
  ): Promise<pb.ResolveSourceMetaResponse> {
    return this.rpc.unary(service.resolveSourceMeta, request, this.with(options));
  }

  async newContainer(request: Init<pb.NewContainerRequest>, options?: CallOptions): Promise<void> {
    await this.rpc.unary(service.newContainer, request, this.with(options));
  }

  /** Ends the container. BuildKit answers with the exit error of its process, which is no failure. */
  async releaseContainer(containerId: string, options?: CallOptions): Promise<void> {
    try {
      await this.rpc.unary(service.releaseContainer, { containerId }, this.with(options));
    } catch (error) {
      if (!(error instanceof BuildkitError && /exit code|signal/.test(error.message))) throw error;
    }
  }

  /**
   * Starts a process in a container. The first process of a container is its init: when it ends,
   * so does the container. The signal kills the call, and with it the process.
   */
  exec(request: Exec, options?: CallOptions & { readonly stdin?: boolean }): ContainerProcess {
    const stream = this.rpc.bidi(service.execProcess, this.with(options));
    return new ContainerProcess(stream, request, options?.stdin ?? true);
  }

  /**
   * Ends the build with a result (which is then exported) or an error. One of them it must be:
   * BuildKit 0.25 crashes when it gets neither.
   */
  async return(
    request: { readonly result: Init<pb.Result> } | { readonly error: Init<Status> },
    options?: CallOptions,
  ): Promise<void> {
    await this.rpc.unary(service.return, request, this.with(options));
  }

  /** Adds a warning to a vertex. BuildKit ≥ 0.10. */
  async warn(request: Init<pb.WarnRequest>, options?: CallOptions): Promise<void> {
    await this.rpc.unary(service.warn, request, this.with(options));
  }

  /** {@link readDir} in a container; `ref` is its id. Cap `gateway.exec.filesystem` (≥ 0.27). */
  async readDirContainer(
    request: Init<pb.ReadDirRequest>,
    options?: CallOptions,
  ): Promise<readonly Stat[]> {
    return (await this.rpc.unary(service.readDirContainer, request, this.with(options))).entries;
  }

  async readFileContainer(
    request: Init<pb.ReadFileRequest>,
    options?: CallOptions,
  ): Promise<Uint8Array> {
    return (await this.rpc.unary(service.readFileContainer, request, this.with(options))).data;
  }

  async statFileContainer(request: Init<pb.StatFileRequest>, options?: CallOptions): Promise<Stat> {
    return present(
      (await this.rpc.unary(service.statFileContainer, request, this.with(options))).stat,
    );
  }
}

function present(stat: Stat | undefined): Stat {
  if (stat === undefined) throw new BuildkitError(2, 'BuildKit answered without a stat');
  return stat;
}

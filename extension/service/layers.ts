/**
 * Files of built steps, one directory level at a time.
 *
 * A step is found by its neutral digest in the definition that the builder's own frontend makes of
 * the same text and profile; only what it needs is solved, which the cache answers after a build.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { BuildkitError } from '../../proto/client/buildkit-error';
import type { Connection } from '../../proto/client/connect';
import { GoMode, has, isRegular, unixPermissions } from '../../proto/client/fsutil/go-mode';
import type { Gateway } from '../../proto/client/gateway';
import type { Stat } from '../../proto/generated/fsutil';
import type { LayerEntry } from '../../proto/messages/webview';
import { parseDigest, type Digest } from '../../proto/model/digest';
import { neutralDigests } from '../../proto/model/neutral-digest';
import type { Definition } from '../../proto/model/definition';
import { BuildFailure } from '../engine/input/build-input';
import { inputFor } from '../engine/input/input-for';
import { parseProfile, resolveProfile } from '../engine/profile/profile';
import { diffRequest } from '../engine/files/diff-definition';
import { rootInput } from '../engine/files/root-input';
import { saveFile } from '../engine/files/save-file';
import { sliceRequest } from '../engine/job/slice';
import { isDockerWorker, resolveMode } from '../engine/request/build-request';
import { type StepAround, stepChanges } from './layer-changes';
import { BackgroundJob } from './background-job';
import type { Builders } from './builders';
import type { LayerFile, LayerParams } from './protocol';

/** Jobs kept open at once; the longest unused one goes first. */
const mostJobs = 4;
/** Larger files are shown in part; an editor would not open them anyway. */
const largestFile = 16 * 1024 * 1024;
/** Old daemons refuse larger answers. */
const largestPiece = 3 * 1024 * 1024;

/** One build whose steps are looked into. */
type OpenBuild = {
  readonly job: BackgroundJob;
  /** Whether BuildKit can make a result of only what a step touched. */
  readonly canDiff: boolean;
  /** By neutral digest: which definition the step is in, and its true digest there. */
  readonly steps: ReadonlyMap<Digest, { definition: Definition; digest: Digest }>;
  /** Gateway refs of steps that were asked for, by neutral digest. */
  readonly refs: Map<Digest, Promise<string>>;
};

export class Layers {
  /** In order of use, the longest unused first. */
  private readonly builds = new Map<string, Promise<OpenBuild>>();

  constructor(
    private readonly builders: Builders,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @throws BuildFailure, ProfileError, ConnectError, BuildkitError */
  readDir(params: LayerParams): Promise<readonly LayerEntry[]> {
    return this.inStep(params, async (gateway, ref) => {
      const stats = await gateway.readDir({ ref, dirPath: params.path });
      return stats.map(layerEntry);
    });
  }

  /** @throws BuildFailure, ProfileError, ConnectError, BuildkitError */
  readFile(params: LayerParams): Promise<LayerFile> {
    return this.inStep(params, (gateway, ref) => readWhole(gateway, ref, params.path));
  }

  /** @throws BuildFailure, ProfileError, ConnectError, BuildkitError */
  changes(params: LayerParams) {
    return this.inStep(params, (gateway, ref, build) => stepChanges(gateway, ref, build));
  }

  /** @throws BuildFailure also when there was no such file before */
  readBefore(params: LayerParams): Promise<LayerFile> {
    return this.inStep(params, async (gateway, _, build) => {
      const before = await build.before();
      if (before === undefined) return { data: '', size: 0 };
      return readWhole(gateway, before, params.path);
    });
  }

  /** @throws BuildFailure, ProfileError, ConnectError, BuildkitError, the file system's errors */
  save(params: LayerParams & { readonly target: string }): Promise<void> {
    return this.inStep(params, (gateway, ref) =>
      saveFile(gateway, ref, params.path, params.target),
    );
  }

  async close(): Promise<void> {
    const open = [...this.builds.values()];
    this.builds.clear();
    await Promise.all(
      open.map((build) =>
        build.then(
          ({ job }) => job.close(),
          () => undefined,
        ),
      ),
    );
  }

  private async inStep<T>(
    params: LayerParams,
    work: (gateway: Gateway, ref: string, step: StepAround) => Promise<T>,
  ): Promise<T> {
    const node = parseDigest(params.node);
    if (node === undefined) throw new BuildFailure(`${params.node} names no step.`);
    return this.builders.use(params.builder, async (connection) => {
      const build = await this.build(params, connection);
      return build.job.use(async (gateway) => {
        const ref = await refOf(build, node);
        try {
          return await work(gateway, ref, stepAround(build, node));
        } catch (error) {
          throw isMissing(error) ? new BuildFailure(`There is no ${params.path} here.`) : error;
        }
      });
    });
  }

  private async build(params: LayerParams, connection: Connection): Promise<OpenBuild> {
    const key = keyOf(params);
    const known = this.builds.get(key);
    this.builds.delete(key);
    const open =
      known !== undefined && !(await isOver(known)) ? known : this.open(params, connection);
    this.builds.set(key, open);
    this.closeOldest();
    try {
      return await open;
    } catch (error) {
      if (this.builds.get(key) === open) this.builds.delete(key);
      throw error;
    }
  }

  private async open(params: LayerParams, connection: Connection): Promise<OpenBuild> {
    const { source } = params;
    const profile = parseProfile(params.profile);
    const named = profile.file !== undefined || profile.derivation !== undefined;
    const resolved = await resolveProfile(
      named ? profile : { ...profile, file: source.path },
      dirname(source.path),
    );
    const input = await inputFor(resolved, source.text);
    const { job, info } = await BackgroundJob.open({
      connection,
      directories: input.directories,
      secrets: input.secrets,
      entitlements: input.entitlements,
      env: this.env,
    });
    try {
      const { results } = await input.define({
        gateway: job.gateway,
        info,
        sessionId: job.session.id,
        // As a build has it: else the steps would have other digests.
        attributes: resolveMode(resolved, isDockerWorker(connection)),
        signal: job.signal,
      });
      const steps = new Map<Digest, { definition: Definition; digest: Digest }>();
      for (const { definition } of results) {
        for (const [digest, neutral] of neutralDigests(definition)) {
          steps.set(neutral, { definition, digest });
        }
      }
      return { job, canDiff: info.llbCaps.has('diffop'), steps, refs: new Map() };
    } catch (error) {
      await job.close();
      throw error;
    }
  }

  private closeOldest(): void {
    for (const [key, build] of this.builds) {
      if (this.builds.size <= mostJobs) return;
      this.builds.delete(key);
      build.then(
        ({ job }) => job.close(),
        () => undefined,
      );
    }
  }
}

/** BuildKit answers with code UNKNOWN and the system's words, which name its own folders. */
function isMissing(error: unknown): boolean {
  return error instanceof BuildkitError && error.message.includes('no such file or directory');
}

/** Everything that decides what is built. */
function keyOf({ builder = '', source, profile }: LayerParams): string {
  return createHash('sha256')
    .update(JSON.stringify([builder, source.path, source.text, profile]))
    .digest('hex');
}

async function isOver(build: Promise<OpenBuild>): Promise<boolean> {
  try {
    const { job } = await build;
    return job.isOver;
  } catch {
    return true;
  }
}

/** A file from its start, cut where it is too large to show. */
async function readWhole(gateway: Gateway, ref: string, path: string): Promise<LayerFile> {
  const stat = await gateway.statFile({ ref, path });
  if (has(stat.mode, GoMode.dir)) throw new BuildFailure(`${path} is a directory.`);
  const size = Number(stat.size);
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < Math.min(size, largestFile);) {
    const length = Math.min(largestPiece, largestFile - offset);
    const piece = await gateway.readFile({
      ref,
      filePath: path,
      range: { offset: BigInt(offset), length: BigInt(length) },
    });
    if (piece.length === 0) break;
    pieces.push(piece);
    offset += piece.length;
  }
  return { data: Buffer.concat(pieces).toString('base64'), size };
}

/** The state that the step began with, and what BuildKit can tell of the difference. */
function stepAround(build: OpenBuild, node: Digest): StepAround {
  const step = build.steps.get(node);
  const root = step === undefined ? undefined : rootInput(step.definition, step.digest);
  return {
    before: async () => {
      if (step === undefined || root === undefined) return undefined;
      const { job } = build;
      const definition = sliceRequest(step.definition, root.digest, root.index);
      const { ref } = await job.gateway.solve({ definition }, { signal: job.signal });
      return ref?.id === '' ? undefined : ref?.id;
    },
    touched: async () => {
      if (step === undefined || root === undefined || !build.canDiff) return undefined;
      const { job } = build;
      const definition = diffRequest(step.definition, root, { digest: step.digest, index: 0 });
      const { ref } = await job.gateway.solve(
        { definition, evaluate: true },
        { signal: job.signal },
      );
      return ref?.id === '' ? undefined : ref?.id;
    },
  };
}

function refOf(build: OpenBuild, node: Digest): Promise<string> {
  let ref = build.refs.get(node);
  if (ref === undefined) {
    ref = solveStep(build, node);
    build.refs.set(node, ref);
    ref.catch(() => build.refs.delete(node));
  }
  return ref;
}

async function solveStep({ job, steps }: OpenBuild, node: Digest): Promise<string> {
  const step = steps.get(node);
  if (step === undefined) {
    throw new BuildFailure(
      'This step is not part of what the builder makes of the file now. Build it again.',
    );
  }
  const result = await job.gateway.solve(
    { definition: sliceRequest(step.definition, step.digest) },
    { signal: job.signal },
  );
  // A step without a file system (FROM scratch) has no ref.
  const ref = result.ref?.id ?? '';
  if (ref === '') throw new BuildFailure('This step has no files.');
  return ref;
}

function layerEntry(stat: Stat): LayerEntry {
  return {
    name: stat.path,
    kind: kindOf(stat.mode),
    mode: unixPermissions(stat.mode),
    size: Number(stat.size),
    modified: Number(stat.modTime / 1_000_000n),
    ...(has(stat.mode, GoMode.symlink) && { linkTarget: stat.linkname }),
  };
}

function kindOf(mode: number): LayerEntry['kind'] {
  if (has(mode, GoMode.dir)) return 'directory';
  if (has(mode, GoMode.symlink)) return 'symlink';
  return isRegular(mode) ? 'file' : 'other';
}

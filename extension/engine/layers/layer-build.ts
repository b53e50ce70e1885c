/**
 * A build whose layers are looked into. Its steps are those that the builder's own frontend makes of
 * the same text and profile; only what is asked for is solved, which the cache answers after a build.
 */
import { metadataLogName } from '../../../language-server/dockerfile/compile/image-resolver';
import type { Connection } from '../../../proto/client/connect';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import type { Definition, DefinitionOp } from '../../../proto/model/definition';
import { type Digest, digestOf } from '../../../proto/model/digest';
import { marshalOp } from '../../../proto/model/marshal';
import { neutralDigests } from '../../../proto/model/neutral-digest';
import type { Op, OpInput, Platform } from '../../../proto/model/op';
import { platformToPb } from '../../../proto/model/unmarshal';
import { parseVertexName } from '../../../proto/model/vertex-name';
import {
  formatReference,
  parseNormalized,
  withDefaultTag,
} from '../../../language-server/dockerfile/names/image-reference';
import { BuildFailure } from '../input/build-input';
import { inputFor } from '../input/input-for';
import { BackgroundJob } from '../job/background-job';
import { resolveProfile } from '../profile/profile';
import { isDockerWorker, resolveMode } from '../request/build-request';
import { Layer, type LayerHost } from './layer';

/** Listings kept at once; each is a few megabytes for a large image. */
const mostListings = 6;

export type LayerPlatform = Pick<Platform, 'os' | 'architecture' | 'variant'>;
export type LayerStep = { readonly definition: Definition; readonly op: DefinitionOp };

export class LayerBuild {
  private readonly layers = new Map<string, Layer>();
  /** By neutral digest. */
  private readonly steps = new Map<Digest, LayerStep>();

  private constructor(
    readonly host: LayerHost,
    /** One for each platform. */
    readonly definitions: readonly Definition[],
  ) {
    for (const definition of definitions) {
      const neutral = neutralDigests(definition);
      for (const op of definition.ops) {
        const key = neutral.get(op.digest);
        if (key !== undefined) this.steps.set(key, { definition, op });
      }
    }
  }

  /**
   * @param profile what is built; its outputs do not count
   * @param text in place of the file's
   * @throws BuildFailure, ProfileError, ConnectError, BuildkitError
   */
  static async ofFile(
    connection: Connection,
    env: NodeJS.ProcessEnv,
    build: {
      readonly profile: LaunchAttributes;
      readonly cwd: string;
      readonly text?: string | undefined;
    },
  ): Promise<LayerBuild> {
    const resolved = await resolveProfile(build.profile, build.cwd);
    const input = await inputFor(resolved, build.text);
    const { job, info } = await BackgroundJob.open({
      connection,
      directories: input.directories,
      secrets: input.secrets,
      entitlements: input.entitlements,
      env,
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
      const host = { connection, env, job, canDiff: info.llbCaps.has('diffop') };
      return new LayerBuild(
        host,
        results.map(({ definition }) => definition),
      );
    } catch (error) {
      await job.close();
      throw error;
    }
  }

  /**
   * An image as `FROM` would bring it.
   * @throws BuildFailure for a text that names no image; ConnectError, BuildkitError
   */
  static async ofImage(
    connection: Connection,
    env: NodeJS.ProcessEnv,
    image: { readonly reference: string; readonly platform?: LayerPlatform | undefined },
  ): Promise<LayerBuild> {
    const definition = imageDefinition(
      image.reference,
      image.platform ?? platformOf(connection),
      isDockerWorker(connection),
    );
    const { job, info } = await BackgroundJob.open({ connection, env });
    const host = { connection, env, job, canDiff: info.llbCaps.has('diffop') };
    return new LayerBuild(host, [definition]);
  }

  /** Closed by us, or ended by the daemon. */
  get isOver(): boolean {
    return this.host.job.isOver;
  }

  close(): Promise<void> {
    return this.host.job.close();
  }

  /** @throws BuildFailure where the build has no such step */
  step(neutral: Digest): LayerStep {
    const step = this.steps.get(neutral);
    if (step !== undefined) return step;
    throw new BuildFailure(
      'This step is not part of what the builder makes of the file now. Build it again.',
    );
  }

  /** The files that a step leaves. @throws BuildFailure where the build has no such step */
  layerOf(neutral: Digest): Layer {
    const { definition, op } = this.step(neutral);
    return this.layer(definition, { digest: op.digest, index: 0 });
  }

  /** The files of a result. @throws BuildFailure for a build that has none */
  result(index = 0): Layer {
    const definition = this.definitions[index];
    const last = definition === undefined ? undefined : resultOf(definition);
    if (definition === undefined || last === undefined) {
      throw new BuildFailure('This build has no files.');
    }
    return this.layer(definition, last);
  }

  /** The steps that one goes on from, each from the one before, up to itself; the first is the base. */
  chainTo(last: Layer): readonly Layer[] {
    const chain: Layer[] = [];
    for (let layer: Layer | undefined = last; layer !== undefined; layer = layer.before) {
      chain.push(layer);
    }
    return chain.reverse();
  }

  /** The config of an image as JSON. @throws BuildkitError */
  async imageConfig(reference: string, platform: LayerPlatform | undefined): Promise<unknown> {
    const { connection, job } = this.host;
    const { config } = await job.gateway.resolveImageConfig(
      {
        ref: imageName(reference),
        platform: platformToPb(platform ?? platformOf(connection)),
        resolveMode: isDockerWorker(connection) ? 'local' : 'default',
        logName: metadataLogName(reference),
      },
      { signal: job.signal },
    );
    return JSON.parse(new TextDecoder().decode(config));
  }

  layer(definition: Definition, output: OpInput): Layer {
    const key = `${this.definitions.indexOf(definition)} ${output.digest} ${output.index}`;
    const known = this.layers.get(key);
    const layer =
      known ?? new Layer(this.host, definition, output, (where, other) => this.layer(where, other));
    // In order of use, the longest unused first.
    this.layers.delete(key);
    this.layers.set(key, layer);
    const listed = [...this.layers.values()].filter(({ hasListing }) => hasListing);
    for (const old of listed.slice(0, -mostListings)) old.forget();
    return layer;
  }
}

/** What the terminal op points at, else the last op's first output. */
function resultOf({ ops }: Definition): OpInput | undefined {
  const last = ops.at(-1);
  if (last === undefined) return undefined;
  return last.op.op.kind === 'terminal' ? last.op.inputs[0] : { digest: last.digest, index: 0 };
}

/** `os/architecture[/variant]` */
export function parsePlatform(text: string): LayerPlatform {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function platformOf({ workers }: Connection): Platform {
  const platform = workers[0]?.platforms[0];
  return {
    os: platform?.os ?? 'linux',
    architecture: platform?.architecture ?? 'amd64',
    ...(platform === undefined || platform.variant === '' ? {} : { variant: platform.variant }),
  };
}

/** @throws BuildFailure for a text that names no image */
function imageDefinition(text: string, platform: Platform, isDocker: boolean): Definition {
  const op: Op = {
    inputs: [],
    platform,
    op: {
      kind: 'source',
      identifier: `docker-image://${imageName(text)}`,
      // Docker's builds look among its own images first.
      attrs: isDocker ? { 'image.resolvemode': 'local' } : {},
    },
  };
  const bytes = marshalOp(op);
  const digest = digestOf(bytes);
  const metadata = {
    ignoreCache: false,
    description: { 'llb.customname': `[internal] look into ${text}` },
    caps: [],
  };
  return {
    ops: [{ digest, bytes, op }],
    metadata: new Map([[digest, metadata]]),
    locations: new Map(),
    sources: [],
  };
}

/** `alpine` → `docker.io/library/alpine:latest`. @throws BuildFailure */
export function imageName(text: string): string {
  try {
    return formatReference(withDefaultTag(parseNormalized(text)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BuildFailure(`${JSON.stringify(text)} names no image: ${reason}`, { cause: error });
  }
}

/** The op that a place of the file made: a line, a stage, a part of a name, or a digest. */
export function findStep(definition: Definition, place: string): DefinitionOp | undefined {
  const candidates = definition.ops.filter(({ op }) => op.op.kind !== 'terminal');
  const nameOf = ({ digest }: DefinitionOp): string =>
    definition.metadata.get(digest)?.description['llb.customname'] ?? '';
  const tests: readonly ((op: DefinitionOp) => boolean)[] = [
    ({ digest }) => digest.startsWith(place) || digest.startsWith(`sha256:${place}`),
    ({ digest }) =>
      /^\d+$/.test(place) &&
      (definition.locations.get(digest) ?? []).some(({ ranges }) =>
        ranges.some(({ start, end }) => start.line <= Number(place) && Number(place) <= end.line),
      ),
    (op) => parseVertexName(nameOf(op)).stage === place,
    (op) => nameOf(op).includes(place),
  ];
  // Short numbers are lines.
  for (const test of /^\d{1,5}$/.test(place) ? tests.slice(1) : tests) {
    const found = candidates.filter(test).at(-1);
    if (found !== undefined) return found;
  }
  return undefined;
}

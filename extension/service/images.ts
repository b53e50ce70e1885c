/** Image metadata from the builder, asked for inside one job a builder that is kept open. */
import { setTimeout } from 'node:timers/promises';
import { metadataLogName } from '../../language-server/dockerfile/compile/image-resolver';
import type { Connection } from '../../proto/client/connect';
import type { UsageRecord } from '../../proto/generated/control';
import { platformToPb } from '../../proto/model/unmarshal';
import { BackgroundJob } from '../engine/job/background-job';
import { parsePlatform } from '../engine/layers/layer-build';
import type { Builders } from './builders';
import { imageOnDisk } from './image-on-disk';
import type { ImageParams, ResolvedImage } from './protocol';

/** Milliseconds that an image's metadata waits for its size. */
const patience = 1000;

export class Images {
  private readonly jobs = new Map<string, Promise<BackgroundJob>>();
  /** What builders are telling at this moment. */
  private readonly usage = new WeakMap<Connection, Promise<readonly UsageRecord[]>>();

  constructor(
    private readonly builders: Builders,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @throws ConnectError without a builder, BuildkitError when the image cannot be resolved */
  async resolve(params: ImageParams): Promise<ResolvedImage> {
    const { address } = await this.builders.choose(params.builder);
    return this.builders.use(params.builder, async (connection) => {
      const job = await this.job(address, connection);
      const answer = await job.use((gateway) =>
        gateway.resolveImageConfig({
          ref: params.ref,
          platform: platformToPb(parsePlatform(params.platform)),
          resolveMode: params.imageResolveMode ?? 'default',
          logName: metadataLogName(params.ref),
        }),
      );
      const { digest } = answer;
      const onDisk = await this.sizeOf(connection, { ref: params.ref, digest });
      return {
        digest,
        config: new TextDecoder().decode(answer.config),
        ...(onDisk !== undefined && { onDisk }),
      };
    });
  }

  /** A builder with a large cache takes seconds to tell, or cannot: an image is resolved without. */
  private async sizeOf(
    connection: Connection,
    image: Parameters<typeof imageOnDisk>[2],
  ): Promise<number | undefined> {
    const asked = this.usageOf(connection)
      .then((records) => imageOnDisk(connection, records, image))
      .catch(() => undefined);
    return Promise.race([asked, setTimeout(patience, undefined, { ref: false })]);
  }

  /**
   * One answer for all who ask while the builder is at it: a file's images are resolved at once, and
   * whoever asks again after an answer that was too late for them waits for its rest only.
   */
  private usageOf(connection: Connection): Promise<readonly UsageRecord[]> {
    const known = this.usage.get(connection);
    if (known !== undefined) return known;
    const asked = connection.control
      .diskUsage()
      .then(({ record }) => record)
      .finally(() => this.usage.delete(connection));
    this.usage.set(connection, asked);
    return asked;
  }

  async close(): Promise<void> {
    const open = [...this.jobs.values()];
    this.jobs.clear();
    await Promise.all(
      open.map((job) =>
        job.then(
          (one) => one.close(),
          () => undefined,
        ),
      ),
    );
  }

  private async job(address: string, connection: Connection): Promise<BackgroundJob> {
    const known = this.jobs.get(address);
    if (known !== undefined) return known;
    const opening = BackgroundJob.open({ connection, env: this.env }).then(({ job }) => job);
    this.jobs.set(address, opening);
    const forget = (): void => {
      if (this.jobs.get(address) === opening) this.jobs.delete(address);
    };
    opening.then((job) => job.ended.then(forget), forget);
    return opening;
  }
}

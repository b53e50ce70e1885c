/**
 * Image metadata for commands that compile: from a table, from a builder, or guessed.
 *
 * A builder is asked through a job of its own that builds nothing and stays out of its history.
 */
import { randomBytes } from 'node:crypto';
import {
  type BatchOptions,
  type ImageResolver,
  type ImageTable,
  offlineResolver,
  tableResolver,
} from '../../language-server/dockerfile';
import { isCancelled } from '../../proto/client/buildkit-error';
import { ConnectError } from '../../proto/client/connect-error';
import { lackingCapabilities } from '../engine/job/capabilities';
import { isRecord } from '../engine/profile/decode';
import { gatewayResolver } from '../engine/job/gateway-resolver';
import { connectBuilder } from '../engine/job/start-job';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { readJson } from './input-file';

export type ImageFlags = {
  /** A table of images in a file; nothing else is asked then. */
  readonly images?: string;
  /** Guess, and ask nobody. */
  readonly offline: boolean;
  readonly builder?: string;
};

export type Images = {
  readonly resolver: ImageResolver;
  /** LLB capabilities that the builder lacks; empty when none was asked. */
  readonly disableCaps: readonly string[];
  close(): Promise<void>;
};

/**
 * @param own images that only these options know, beside those of the table
 * @throws ConnectError when the builder that the user named does not answer; the default one is
 * replaced by a guess, which is said on stderr
 */
export async function openImages(
  flags: ImageFlags,
  to: Console,
  signal: AbortSignal,
  own: Pick<BatchOptions, 'images' | 'missingImages'> = {},
): Promise<Images> {
  if (flags.images !== undefined) {
    const tables = [await readImageTable(flags.images), own.images ?? {}];
    return withoutBuilder(tableResolver(tables, own.missingImages));
  }
  if (flags.offline) return withoutBuilder(offlineResolver());
  try {
    return await builderImages(flags.builder, signal);
  } catch (error) {
    if (flags.builder !== undefined || !(error instanceof ConnectError)) throw error;
    if (error.problem === 'cancelled') throw error;
    await to.note(`${error.message}\nWithout a builder, image metadata is guessed (--offline).`);
    return withoutBuilder(offlineResolver());
  }
}

/** @throws CliError (usage) when the file holds no table */
export async function readImageTable(path: string): Promise<ImageTable> {
  const value = await readJson(path, '--images');
  if (isRecord(value)) return value;
  throw new CliError(ExitCode.usage, `--images: ${path} must hold a JSON object`);
}

function withoutBuilder(resolver: ImageResolver): Images {
  return { resolver, disableCaps: [], close: () => Promise.resolve() };
}

async function builderImages(builder: string | undefined, signal: AbortSignal): Promise<Images> {
  const connection = await connectBuilder(builder, process.env, signal);
  const ref = randomBytes(16).toString('hex');
  const job = connection.control.solve({ ref, internal: true }, { signal });
  // The job ends when we say so; only a failure before that means something.
  job.catch(() => undefined);
  const gateway = connection.gateway(ref);
  try {
    const info = await gateway.ping({ signal });
    return {
      resolver: gatewayResolver(gateway),
      disableCaps: lackingCapabilities(info.llbCaps),
      close: async () => {
        await gateway.return({ result: {} }).catch((error: unknown) => {
          if (!isCancelled(error)) throw error;
        });
        await job.catch(() => undefined);
        connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What a builder says of itself: versions, workers, platforms, clean-up rules, capabilities. */
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';
import { ConnectError } from '../../../proto/client/connect-error';
import { platformText, type Connection } from '../../../proto/client/connect';
import type { GatewayPing } from '../../../proto/client/gateway';
import { missingFeatures } from './features';

/** One rule of a worker's automatic clean-up; sizes in bytes, 0 for no limit. */
export type GcRule = {
  readonly all: boolean;
  readonly filters: readonly string[];
  /** Milliseconds. */
  readonly keepDuration: number;
  readonly reservedSpace: number;
  readonly maxUsedSpace: number;
  readonly minFreeSpace: number;
};

export type WorkerInfo = {
  readonly id: string;
  readonly platforms: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly gcRules: readonly GcRule[];
};

export type BuilderInfo = {
  /** Absent where BuildKit does not tell (Docker's, and before 0.11). */
  readonly version?: string;
  readonly workers: readonly WorkerInfo[];
  readonly capabilities: { readonly gateway: readonly string[]; readonly llb: readonly string[] };
  /** What this builder is too old for, each in a sentence. */
  readonly missing: readonly string[];
};

/** BuildKit's version; undefined for one that is too old to say, or was built without (Docker's). */
export async function buildkitVersion({ control }: Connection): Promise<string | undefined> {
  try {
    const { buildkitVersion: told } = await control.info();
    const version = told?.version ?? '';
    return version === '' || version.startsWith('v0.0.0') ? undefined : version;
  } catch (error) {
    if (!(error instanceof BuildkitError) || error.code !== Code.unimplemented) throw error;
    // Older than 0.11, but it answers: that is what was asked.
    await control.listWorkers();
    return undefined;
  }
}

/**
 * Builds rest on calls that came with BuildKit 0.11, as `Info` did.
 * @throws ConnectError for an older one
 */
export async function requireUsable({ address, control }: Connection): Promise<void> {
  try {
    await control.info();
  } catch (error) {
    if (!(error instanceof BuildkitError) || error.code !== Code.unimplemented) throw error;
    throw new ConnectError('too-old', address, '');
  }
}

/** Whether the builder keeps a history, which no capability tells. */
export async function keepsHistory({ control }: Connection): Promise<boolean> {
  try {
    const running = control.history({ earlyExit: true, activeOnly: true });
    await running[Symbol.asyncIterator]().next();
    return true;
  } catch (error) {
    if (error instanceof BuildkitError && error.code === Code.unimplemented) return false;
    throw error;
  }
}

/** @param ping what the gateway of a job of this builder said */
export async function builderInfo(connection: Connection, ping: GatewayPing): Promise<BuilderInfo> {
  const [version, history, { record }] = await Promise.all([
    buildkitVersion(connection),
    keepsHistory(connection),
    connection.control.listWorkers(),
  ]);
  const capabilities = {
    gateway: [...ping.caps].sort(),
    llb: [...ping.llbCaps].sort(),
  };
  return {
    ...(version === undefined ? {} : { version }),
    workers: record.map((worker) => ({
      id: worker.id,
      platforms: worker.platforms.map(platformText),
      labels: Object.fromEntries(worker.labels),
      gcRules: worker.gcPolicy.map((rule) => ({
        all: rule.all,
        filters: rule.filters,
        keepDuration: Number(rule.keepDuration) / 1e6,
        reservedSpace: Number(rule.reservedSpace),
        maxUsedSpace: Number(rule.maxUsedSpace),
        minFreeSpace: Number(rule.minFreeSpace),
      })),
    })),
    capabilities,
    missing: missingFeatures(new Set([...ping.caps, ...ping.llbCaps]), history),
  };
}

/**
 * A build as a builder remembers it, whoever started it: BuildKit's history record in plain,
 * JSON-able words.
 */
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { BuildHistoryRecord } from '../../../proto/generated/control';
import type { LocalState } from '../../../proto/client/builders/buildx-store';
import { Code } from '../../../proto/client/buildkit-error';
import { milliseconds } from '../progress/status-update';

export type HistoryState = 'running' | 'succeeded' | 'failed' | 'cancelled';

export type HistoryRecord = {
  /** BuildKit's name for the build; unique on its builder. */
  readonly ref: string;
  /** What people call it: a given name, or the context's folder and the target. */
  readonly name: string;
  readonly state: HistoryState;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly completed?: number;
  readonly steps: {
    readonly total: number;
    readonly completed: number;
    readonly cached: number;
  };
  readonly warnings: number;
  /** Never forgotten by the builder's clean-up. */
  readonly pinned: boolean;
  readonly error?: string;
  /** `dockerfile.v0`, or empty where the client drove the build itself. */
  readonly frontend: string;
  readonly target?: string;
  readonly platforms: readonly string[];
  /** Absolute path of the Dockerfile, for a build that was started on this machine. */
  readonly dockerfile?: string;
  /** The context: a folder of this machine, or an address. */
  readonly context?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly exporters: readonly string[];
};

/** @param local what buildx remembers of the build, where it was started on this machine */
export function historyRecord(record: BuildHistoryRecord, local?: LocalState): HistoryRecord {
  const completed = milliseconds(record.completedAt);
  const attributes = Object.fromEntries(record.frontendAttrs);
  const target = attributes['target'] ?? '';
  const dockerfile = dockerfilePath(attributes, local);
  const context = contextOf(attributes, local);
  return {
    ref: record.ref,
    name: nameOf(attributes, context, dockerfile),
    state: stateOf(record),
    started: milliseconds(record.createdAt) ?? 0,
    ...(completed === undefined ? {} : { completed }),
    steps: {
      total: record.numTotalSteps,
      completed: record.numCompletedSteps,
      cached: record.numCachedSteps,
    },
    warnings: record.numWarnings,
    pinned: record.pinned,
    ...(record.error === undefined ? {} : { error: record.error.message }),
    frontend: record.frontend,
    ...(target === '' ? {} : { target }),
    platforms: (attributes['platform'] ?? '').split(',').filter((one) => one !== ''),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined ? {} : { context }),
    attributes,
    exporters: record.exporters.map(({ type }) => type),
  };
}

function stateOf({ completedAt, error }: BuildHistoryRecord): HistoryState {
  if (completedAt === undefined) return 'running';
  if (error === undefined) return 'succeeded';
  return error.code === Code.cancelled || error.message.endsWith('context canceled')
    ? 'cancelled'
    : 'failed';
}

type Attributes = Readonly<Record<string, string | undefined>>;

function contextOf(attributes: Attributes, local: LocalState | undefined): string | undefined {
  if (local !== undefined && local.context !== '' && local.context !== '-') return local.context;
  return attributes['context'] ?? attributes['vcs:source'];
}

function dockerfilePath(attributes: Attributes, local: LocalState | undefined): string | undefined {
  if (local === undefined || local.dockerfile === '-') return undefined;
  if (isAbsolute(local.dockerfile)) return local.dockerfile;
  if (!isAbsolute(local.context)) return undefined;
  const name =
    local.dockerfile === '' ? (attributes['filename'] ?? 'Dockerfile') : local.dockerfile;
  return join(local.context, name);
}

function nameOf(
  attributes: Attributes,
  context: string | undefined,
  dockerfile: string | undefined,
): string {
  const given = attributes['build-arg:BUILDKIT_BUILD_NAME'];
  if (given !== undefined && given !== '') return given;
  const place = placeName(attributes, context, dockerfile);
  const target = attributes['target'];
  if (target === undefined || target === '') return place === '' ? 'build' : place;
  return place === '' ? target : `${place} (${target})`;
}

function placeName(
  attributes: Attributes,
  context: string | undefined,
  dockerfile: string | undefined,
): string {
  const filename = attributes['filename'];
  if (dockerfile !== undefined) {
    const folder = basename(dirname(dockerfile));
    const name = basename(dockerfile);
    return name === 'Dockerfile' ? folder : `${folder}/${name}`;
  }
  const shortened = context === undefined ? '' : shortContext(context);
  if (filename === undefined || filename === 'Dockerfile') return shortened;
  return shortened === '' ? filename : `${shortened}/${filename}`;
}

/** The last part of a path or an address says the most. */
function shortContext(context: string): string {
  const [place = '', fragment] = context.split('#');
  const name = basename(place.replace(/\.git$/, ''));
  return fragment === undefined || fragment === '' ? name : `${name}#${fragment}`;
}

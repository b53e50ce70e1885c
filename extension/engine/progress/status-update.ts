/** BuildKit's status messages in the graph model's terms. */
import type { StatusResponse, VertexWarning } from '../../../proto/generated/control';
import type { Timestamp } from '../../../proto/generated/timestamp';
import { parseDigest, type Digest } from '../../../proto/model/digest';
import type { StatusUpdate } from '../../../proto/model/live-graph';

/** Milliseconds since the epoch, with their fraction. */
export function milliseconds(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.seconds) * 1000 + time.nanos / 1e6;
}

/** One message; entries whose vertex is no sha256 digest are left out, since no node can be theirs. */
export function statusUpdate(response: StatusResponse): StatusUpdate {
  return {
    vertexes: response.vertexes.flatMap((vertex) => {
      const digest = parseDigest(vertex.digest);
      if (digest === undefined) return [];
      const started = milliseconds(vertex.started);
      const completed = milliseconds(vertex.completed);
      return [
        {
          digest,
          inputs: vertex.inputs.flatMap((input) => parseDigest(input) ?? []),
          name: vertex.name,
          cached: vertex.cached,
          ...(started === undefined ? {} : { started }),
          ...(completed === undefined ? {} : { completed }),
          error: vertex.error,
        },
      ];
    }),
    statuses: response.statuses.flatMap((status) => {
      const vertex = parseDigest(status.vertex);
      if (vertex === undefined) return [];
      const completed = milliseconds(status.completed);
      return [
        {
          id: status.id,
          vertex,
          name: status.name,
          current: Number(status.current),
          total: Number(status.total),
          ...(completed === undefined ? {} : { completed }),
        },
      ];
    }),
    logs: response.logs.flatMap((log) => {
      const vertex = parseDigest(log.vertex);
      return vertex === undefined ? [] : [{ vertex, bytes: log.msg.length }];
    }),
    warnings: response.warnings.flatMap((warning) => {
      const vertex = parseDigest(warning.vertex);
      return vertex === undefined ? [] : [{ vertex, ...warningOf(warning) }];
    }),
  };
}

/** What BuildKit warns of, and where. Lines count from 1. */
export function warningOf({ short, url, info, ranges }: VertexWarning): {
  readonly text: string;
  readonly url: string;
  readonly filename: string;
  readonly lines: readonly number[];
} {
  return {
    text: new TextDecoder().decode(short),
    url,
    filename: info?.filename ?? '',
    lines: ranges.flatMap(({ start }) => (start === undefined ? [] : [start.line])),
  };
}

/** Several updates as one; their parts keep their order. */
export function mergedUpdates(updates: readonly StatusUpdate[]): StatusUpdate {
  return {
    vertexes: updates.flatMap((update) => update.vertexes),
    statuses: updates.flatMap((update) => update.statuses),
    logs: updates.flatMap((update) => update.logs),
    warnings: updates.flatMap((update) => update.warnings),
  };
}

export const NO_UPDATE: StatusUpdate = { vertexes: [], statuses: [], logs: [], warnings: [] };

/**
 * Parts what is said of known vertices, or of those that the same update names, from what comes
 * before its vertex: BuildKit sends logs and statuses beside vertices, in no order.
 */
export function partedByVertex(
  update: StatusUpdate,
  known: Iterable<Digest>,
): { readonly met: StatusUpdate; readonly unmet: StatusUpdate } {
  const digests = new Set(known);
  for (const { digest } of update.vertexes) digests.add(digest);
  const isMet = ({ vertex }: { readonly vertex: Digest }): boolean => digests.has(vertex);
  const isUnmet = (item: { readonly vertex: Digest }): boolean => !isMet(item);
  return {
    met: {
      vertexes: update.vertexes,
      statuses: update.statuses.filter(isMet),
      logs: update.logs.filter(isMet),
      warnings: update.warnings.filter(isMet),
    },
    unmet: {
      vertexes: [],
      statuses: update.statuses.filter(isUnmet),
      logs: update.logs.filter(isUnmet),
      warnings: update.warnings.filter(isUnmet),
    },
  };
}

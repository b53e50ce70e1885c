/**
 * A status stream as JSON, one line a message, in the shape that `--progress=rawjson` of
 * `docker buildx build` has: the fields of BuildKit's Go client, times in RFC 3339, bytes in base64.
 */
import type {
  StatusResponse,
  Vertex,
  VertexLog,
  VertexStatus,
  VertexWarning,
} from '../../../proto/generated/control';
import type { Definition } from '../../../proto/generated/ops';
import type { Timestamp } from '../../../proto/generated/timestamp';

/** One line with its end. */
export function rawJson({ vertexes, statuses, logs, warnings }: StatusResponse): string {
  return `${JSON.stringify({
    ...filled('vertexes', vertexes.map(vertexJson)),
    ...filled('statuses', statuses.map(statusJson)),
    ...filled('logs', logs.map(logJson)),
    ...filled('warnings', warnings.map(warningJson)),
  })}\n`;
}

/** A note of ours, in the place that warnings have. */
export function rawNote(text: string): string {
  const short = base64(new TextEncoder().encode(text));
  return `${JSON.stringify({ warnings: [{ level: 1, short }] })}\n`;
}

function vertexJson(vertex: Vertex) {
  const { progressGroup: group } = vertex;
  return {
    ...filled('digest', vertex.digest),
    ...filled('inputs', vertex.inputs),
    ...filled('name', vertex.name),
    ...timed('started', vertex.started),
    ...timed('completed', vertex.completed),
    ...(vertex.cached ? { cached: true } : {}),
    ...filled('error', vertex.error),
    ...(group === undefined
      ? {}
      : {
          progressGroup: {
            ...filled('id', group.id),
            ...filled('name', group.name),
            ...(group.weak ? { weak: true } : {}),
          },
        }),
  };
}

function statusJson(status: VertexStatus) {
  return {
    id: status.id,
    ...filled('vertex', status.vertex),
    ...filled('name', status.name),
    ...(status.total === 0n ? {} : { total: Number(status.total) }),
    current: Number(status.current),
    timestamp: timeText(status.timestamp),
    ...timed('started', status.started),
    ...timed('completed', status.completed),
  };
}

function logJson(log: VertexLog) {
  return {
    ...filled('vertex', log.vertex),
    ...(log.stream === 0n ? {} : { stream: Number(log.stream) }),
    data: base64(log.msg),
    timestamp: timeText(log.timestamp),
  };
}

export function warningJson(warning: VertexWarning): Record<string, unknown> {
  const { info, ranges } = warning;
  return {
    ...filled('vertex', warning.vertex),
    ...(warning.level === 0n ? {} : { level: Number(warning.level) }),
    ...filled('short', base64(warning.short)),
    ...filled('detail', warning.detail.map(base64)),
    ...filled('url', warning.url),
    ...(info === undefined
      ? {}
      : {
          sourceInfo: {
            ...filled('filename', info.filename),
            ...filled('data', base64(info.data)),
            ...(info.definition === undefined
              ? {}
              : { definition: definitionJson(info.definition) }),
            ...filled('language', info.language),
          },
        }),
    ...filled(
      'range',
      ranges.map(({ start, end }) => ({
        ...(start === undefined ? {} : { start: position(start) }),
        ...(end === undefined ? {} : { end: position(end) }),
      })),
    ),
  };
}

/** Where a file came from: ops in base64, and what is known of them. */
function definitionJson({ def, metadata, source }: Definition) {
  return {
    ...filled('def', def.map(base64)),
    ...(metadata.size === 0
      ? {}
      : {
          metadata: Object.fromEntries(
            [...metadata].map(([digest, { description, caps }]) => [
              digest,
              {
                ...(description.size === 0 ? {} : { description: Object.fromEntries(description) }),
                ...(caps.size === 0 ? {} : { caps: Object.fromEntries(caps) }),
              },
            ]),
          ),
        }),
    ...(source === undefined
      ? {}
      : {
          Source: {
            ...(source.locations.size === 0
              ? {}
              : {
                  locations: Object.fromEntries(
                    [...source.locations.keys()].map((digest) => [digest, {}]),
                  ),
                }),
          },
        }),
  };
}

function position({ line, character }: { readonly line: number; readonly character: number }) {
  return { ...(line === 0 ? {} : { line }), ...(character === 0 ? {} : { character }) };
}

/** Go leaves empty texts and lists out. */
function filled(key: string, value: string | readonly unknown[]): Record<string, unknown> {
  return value.length === 0 ? {} : { [key]: value };
}

function timed(key: string, time: Timestamp | undefined): Record<string, unknown> {
  return time === undefined ? {} : { [key]: timeText(time) };
}

/** Nanoseconds without zeros at the end; Go's zero time where there is none. */
function timeText(time: Timestamp | undefined): string {
  if (time === undefined) return '0001-01-01T00:00:00Z';
  const seconds = new Date(Number(time.seconds) * 1000).toISOString().slice(0, 19);
  const fraction = String(time.nanos).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/**
 * Exports a record as Docker's own bundle (`.dockerbuild`), which Docker Desktop and
 * `docker buildx history import` read: a gzipped OCI layout whose one manifest has the record as
 * its config and everything that the record names as layers.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { LocalState } from '../../../proto/client/builders/buildx-store';
import type { Connection } from '../../../proto/client/connect';
import { platformText } from '../../../proto/client/connect';
import type {
  BuildHistoryRecord,
  BuildResultInfo,
  Descriptor,
} from '../../../proto/generated/control';
import type { Timestamp } from '../../../proto/generated/timestamp';
import { isRecord } from '../profile/decode';
import { ustar } from './ustar';

/** Media types of a bundle's own parts. */
export const bundleTypes = {
  record: 'application/vnd.buildkit.historyrecord.v0',
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
} as const;

/** The original media type of a result, which itself would make readers look for its children. */
const resultTypeAnnotation = 'vnd.export-build.descriptor.mediatype';

type OciDescriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** The file's bytes. @throws BuildkitError when the builder has already forgotten a part */
export async function dockerbuild(
  connection: Connection,
  record: BuildHistoryRecord,
  local: LocalState | undefined,
  signal?: AbortSignal,
): Promise<Buffer> {
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): OciDescriptor => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layers: OciDescriptor[] = [];
  const fetch = async (descriptor: Descriptor | undefined, mediaType?: string): Promise<void> => {
    if (descriptor === undefined || blobs.has(descriptor.digest)) return;
    blobs.set(
      descriptor.digest,
      await connection.control.readContent(descriptor.digest, { signal }),
    );
    layers.push(ociDescriptor(descriptor, mediaType));
  };
  const fetchResult = async (result: BuildResultInfo): Promise<void> => {
    for (const one of result.attestations) await fetch(one);
    for (const one of result.results.values()) await fetch(one, 'application/json');
  };

  let { trace } = record;
  if (trace !== undefined) {
    const bytes = await connection.control.readContent(trace.digest, { signal });
    const clean = add(trace.mediaType, withoutTokens(bytes));
    layers.push({ ...ociDescriptor(trace), digest: clean.digest, size: clean.size });
    trace = { ...trace, digest: clean.digest, size: BigInt(clean.size) };
  }
  const platform = connection.workers[0]?.platforms[0];
  const config = add(
    bundleTypes.record,
    json({
      ...recordJson({ ...record, trace }),
      DefaultPlatform: platform === undefined ? '' : platformText(platform),
      ...(local && {
        localState: {
          Target: local.target,
          LocalPath: local.context,
          DockerfilePath: local.dockerfile,
        },
      }),
    }),
  );
  await fetch(record.logs);
  if (record.result !== undefined) await fetchResult(record.result);
  await fetch(record.externalError);
  for (const result of record.results.values()) await fetchResult(result);
  const manifest = add(
    bundleTypes.manifest,
    json({ schemaVersion: 2, mediaType: bundleTypes.manifest, config, layers }),
  );
  const index = { schemaVersion: 2, mediaType: bundleTypes.index, manifests: [manifest] };
  return gzipSync(
    ustar([
      { path: 'blobs/' },
      { path: 'blobs/sha256/' },
      ...[...blobs]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([digest, content]) => ({ path: `blobs/sha256/${digest.slice(7)}`, content })),
      { path: 'index.json', content: Buffer.from(JSON.stringify(index)) },
      { path: 'oci-layout', content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    ]),
  );
}

function ociDescriptor(descriptor: Descriptor, mediaType?: string): OciDescriptor {
  const annotations = {
    ...Object.fromEntries(descriptor.annotations),
    ...(mediaType === undefined ? {} : { [resultTypeAnnotation]: descriptor.mediaType }),
  };
  return {
    mediaType: mediaType ?? descriptor.mediaType,
    digest: descriptor.digest,
    size: Number(descriptor.size),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** As Go writes JSON: indented by two, `<`, `>` and `&` escaped. */
function json(value: unknown): Buffer {
  const text = JSON.stringify(value, undefined, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(text);
}

/**
 * The record in the form of Go's JSON encoder: the field names of its protobuf structs, empty
 * fields left out. Cache imports keep their name and scope only: the rest may be credentials.
 */
function recordJson(record: BuildHistoryRecord): Record<string, unknown> {
  const attributes = sorted(record.frontendAttrs);
  const imports = attributes['cache-imports'];
  if (imports !== undefined) attributes['cache-imports'] = withoutCredentials(imports);
  return present({
    Ref: record.ref,
    Frontend: record.frontend,
    FrontendAttrs: attributes,
    Exporters: record.exporters.map(({ type, attrs }) =>
      present({ Type: type, Attrs: sorted(attrs) }),
    ),
    error:
      record.error &&
      present({
        code: record.error.code,
        message: record.error.message,
        details: record.error.details.map(({ typeUrl, value }) =>
          present({ type_url: typeUrl, value: Buffer.from(value).toString('base64') }),
        ),
      }),
    CreatedAt: timeJson(record.createdAt),
    CompletedAt: timeJson(record.completedAt),
    logs: descriptorJson(record.logs),
    ExporterResponse: sorted(record.exporterResponse),
    Result: record.result && resultJson(record.result),
    Results: Object.fromEntries(
      [...record.results].map(([platform, result]) => [platform, resultJson(result)]),
    ),
    Generation: record.generation,
    trace: descriptorJson(record.trace),
    pinned: record.pinned,
    numCachedSteps: record.numCachedSteps,
    numTotalSteps: record.numTotalSteps,
    numCompletedSteps: record.numCompletedSteps,
    externalError: descriptorJson(record.externalError),
    numWarnings: record.numWarnings,
  });
}

function resultJson(result: BuildResultInfo): Record<string, unknown> {
  return present({
    ResultDeprecated: descriptorJson(result.resultDeprecated),
    Attestations: result.attestations.map((one) => descriptorJson(one)),
    Results: Object.fromEntries(
      [...result.results].map(([index, one]) => [String(index), descriptorJson(one)]),
    ),
  });
}

function descriptorJson(descriptor: Descriptor | undefined): unknown {
  return (
    descriptor &&
    present({
      media_type: descriptor.mediaType,
      digest: descriptor.digest,
      size: Number(descriptor.size),
      annotations: sorted(descriptor.annotations),
    })
  );
}

function timeJson(time: Timestamp | undefined): unknown {
  return time && present({ seconds: Number(time.seconds), nanos: time.nanos });
}

/** Go writes maps by key. */
function sorted(map: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Go leaves fields with their zero value out. */
function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isZero(value)));
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === false) return true;
  return Array.isArray(value)
    ? value.length === 0
    : isRecord(value) && Object.keys(value).length === 0;
}

function withoutCredentials(imports: string): string {
  let list: unknown;
  try {
    list = JSON.parse(imports);
  } catch {
    return '';
  }
  if (!Array.isArray(list)) return '';
  return JSON.stringify(
    list.map((entry: unknown) => {
      const attributes = isRecord(entry) && isRecord(entry['Attrs']) ? entry['Attrs'] : {};
      const kept = Object.entries(attributes).filter(([key]) => key === 'scope' || key === 'ref');
      return { Type: isRecord(entry) ? entry['Type'] : '', Attrs: Object.fromEntries(kept) };
    }),
  );
}

/** A trace has command lines in it, and those may have tokens of cache backends and of GitHub. */
function withoutTokens(trace: Uint8Array): Buffer {
  const text = new TextDecoder()
    .decode(trace)
    .replace(
      /(ghtoken|token|access_key_id|secret_access_key|session_token)=[^ ,"\\]+/gi,
      '$1=xxxxx',
    )
    .replace(/(?:ghu|ghs)_[A-Za-z0-9]{36}|github_pat_\w{82}/g, 'xxxxx');
  return Buffer.from(text);
}

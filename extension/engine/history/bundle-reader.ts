/**
 * Reads a bundle of build records (`.dockerbuild`), as `bundle.ts`, `docker buildx history export`
 * and Docker Desktop write it: a gzipped OCI layout in which every manifest has a record as its
 * config and the blobs that it names as layers. With several builds, indexes stand in between.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';
import type { LocalState } from '../../../proto/client/builders/buildx-store';
import { BuildHistoryRecord, StatusResponse } from '../../../proto/generated/control';
import { WireError } from '../../../proto/wire/reader';
import { TarError, TarScanner } from '../image-files/tar-scanner';
import { BuildFailure } from '../input/build-input';
import { isRecord } from '../profile/decode';
import { bundleTypes } from './bundle';
import type { RecordSource } from './record-source';

/** What a bundle may take once it is unpacked; logs are its largest part. Bytes. */
const largest = 512 * 1024 * 1024;
/** Docker nests two indexes. */
const deepest = 8;

type Blobs = ReadonlyMap<string, Uint8Array>;

/**
 * The builds of a bundle, in its order; at least one.
 * @throws BuildFailure when the file is no bundle, or is damaged; the file system's errors
 */
export async function readBundle(path: string): Promise<readonly RecordSource[]> {
  try {
    const blobs = await unpack(path);
    const index = blobs.get('index.json');
    if (index === undefined) throw new BundleError('it has no index.json');
    const records = recordsBelow(parsed(index, 'index.json'), blobs, 0);
    if (records.length === 0) throw new BundleError('there is no record in it');
    return records.map((bytes) => recordSource(path, bytes, blobs));
  } catch (error) {
    const isDamage =
      error instanceof BundleError ||
      error instanceof TarError ||
      (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'));
    if (!isDamage) throw error;
    throw new BuildFailure(`${path} is no bundle of build records: ${error.message}.`, {
      cause: error,
    });
  }
}

/** @param ref may be left out for a bundle's first build @throws BuildFailure, as {@link readBundle} */
export async function bundledRecord(path: string, ref: string | undefined): Promise<RecordSource> {
  const builds = await readBundle(path);
  const found = builds.find(({ record }) => ref === undefined || record.ref === ref);
  if (found === undefined) throw new BuildFailure(`${path} holds no build ${ref}.`);
  return found;
}

class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** The archive's files: blobs by their digest, what else there is by its path. */
async function unpack(path: string): Promise<Blobs> {
  const files = new Map<string, Uint8Array>();
  let total = 0;
  const scanner = new TarScanner(({ path: name, kind }) => {
    if (kind !== 'file') return undefined;
    const pieces: Uint8Array[] = [];
    return {
      push: (bytes) => {
        total += bytes.length;
        if (total > largest) throw new BundleError(`it holds more than ${largest} bytes`);
        pieces.push(Uint8Array.from(bytes));
      },
      end: () => files.set(name, Buffer.concat(pieces)),
    };
  });
  const scan = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of bytes) scanner.push(chunk);
    scanner.end();
  };
  const archive = createReadStream(path);
  await ((await isGzip(path)) ? pipeline(archive, createGunzip(), scan) : pipeline(archive, scan));
  return new Map(
    [...files].map(([name, content]) => {
      const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1];
      if (digest === undefined) return [name, content];
      const actual = createHash('sha256').update(content).digest('hex');
      if (actual !== digest) throw new BundleError(`the contents of ${name} are others`);
      return [`sha256:${digest}`, content];
    }),
  );
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function parsed(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new BundleError(`${name} is no JSON`);
  }
}

/** The records that an index or a manifest leads to. */
function recordsBelow(document: unknown, blobs: Blobs, depth: number): readonly unknown[] {
  if (!isRecord(document) || depth > deepest) return [];
  const { config, manifests } = document;
  if (isRecord(config) && config['mediaType'] === bundleTypes.record) {
    return [blobOf(config, blobs)];
  }
  if (!Array.isArray(manifests)) return [];
  return manifests
    .filter(isRecord)
    .flatMap((one) => recordsBelow(blobOf(one, blobs), blobs, depth + 1));
}

function blobOf({ digest }: Readonly<Record<string, unknown>>, blobs: Blobs): unknown {
  const name = String(digest);
  const bytes = blobs.get(name);
  if (bytes === undefined) throw new BundleError(`it lacks ${name}`);
  return parsed(bytes, name);
}

function recordSource(bundle: string, json: unknown, blobs: Blobs): RecordSource {
  const record = BuildHistoryRecord.fromJson(json);
  if (record.ref === '') throw new BundleError('a record has no name');
  const local = isRecord(json) ? localState(json['localState']) : undefined;
  const content = (digest: string): Promise<Uint8Array> => {
    const bytes = blobs.get(digest);
    return bytes === undefined
      ? Promise.reject(new BuildkitError(Code.notFound, `${bundle} lacks ${digest}`))
      : Promise.resolve(bytes);
  };
  const log = record.logs === undefined ? undefined : blobs.get(record.logs.digest);
  return {
    record,
    status: () => statusLog(log ?? new Uint8Array()),
    completed: () => Promise.resolve(record),
    content,
    bundle,
    ...(local && { local }),
  };
}

function localState(value: unknown): LocalState | undefined {
  if (!isRecord(value)) return undefined;
  const part = (name: string): string => {
    const text = value[name];
    if (typeof text !== 'string') return '';
    // Paths of Windows name their folders by the other slash.
    return /^[A-Za-z]:\\/.test(text) ? text.replaceAll('\\', '/') : text;
  };
  return {
    target: part('Target'),
    context: part('LocalPath'),
    dockerfile: part('DockerfilePath'),
  };
}

/**
 * The messages of a record's log (`application/vnd.buildkit.status.v0`): each behind its length in
 * four bytes, the lowest first. @throws BuildFailure when it is damaged
 */
async function* statusLog(bytes: Uint8Array): AsyncGenerator<StatusResponse> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const start = at + 4;
    const end = start <= bytes.length ? start + view.getUint32(at, true) : Infinity;
    if (end > bytes.length) throw new BuildFailure('The log in the bundle is cut off.');
    yield statusMessage(bytes.subarray(start, end));
    at = end;
    // A long log leaves others their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function statusMessage(bytes: Uint8Array): StatusResponse {
  try {
    return StatusResponse.decode(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new BuildFailure(`The log in the bundle is damaged: ${error.message}.`, { cause: error });
  }
}

/**
 * What is remembered of finished builds, for prediction and comparison: one small file for each.
 *
 * Vertices are kept by neutral digest beside the true one, since true digests change with every
 * session. Files appear whole or not at all, so any number of processes may read and write.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildGraph, type NodeState, nodeStates } from '../../../proto/model/build-graph';
import { isRecord, list, object, oneOf, text, whole } from '../profile/decode';
import { cacheFolder, thisHost } from '../platform';

export type VertexRecord = {
  readonly digest: string;
  readonly neutral: string;
  readonly name: string;
  readonly state: NodeState;
  /** How long it ran, in milliseconds; absent for what did not run. */
  readonly duration?: number;
};

export type BuildRecord = {
  readonly buildId: string;
  /** The Dockerfile or derivation; absolute. */
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly finished: number;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly vertices: readonly VertexRecord[];
};

/** Older records go when a new one comes. */
const kept = 200;

const decodeRecord = object(
  {
    buildId: text,
    file: text,
    started: whole,
    finished: whole,
    outcome: oneOf('succeeded', 'failed', 'cancelled'),
    vertices: list(
      object(
        { digest: text, neutral: text, name: text, state: oneOf(...nodeStates) },
        { duration: whole },
      ),
    ),
  },
  {},
);

export function recordsFolder(): string {
  return join(cacheFolder(thisHost()), 'builds');
}

/** The vertices of a graph as they ended. */
export function vertexRecords({ nodes, status }: BuildGraph): VertexRecord[] {
  return nodes.map((node) => {
    const { state = 'unknown', started, completed } = status[node.id] ?? {};
    const ran = started !== undefined && completed !== undefined && state !== 'cached';
    return {
      digest: node.digest,
      neutral: node.neutralDigest,
      name: node.fullName,
      state,
      ...(ran ? { duration: Math.max(0, Math.round(completed - started)) } : {}),
    };
  });
}

/** Rejects when the folder cannot be written; a build is no worse for that. */
export async function writeBuildRecord(
  record: BuildRecord,
  folder = recordsFolder(),
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Names sort by time; the unfinished file has another ending and is never read.
  const name = `${String(record.finished).padStart(15, '0')}-${record.buildId}`;
  const unfinished = join(folder, `${name}.${randomBytes(4).toString('hex')}.tmp`);
  await writeFile(unfinished, JSON.stringify(record), { mode: 0o600 });
  await rename(unfinished, join(folder, `${name}.json`));
  const names = await recordNames(folder);
  await Promise.all(names.slice(0, -kept).map((old) => rm(join(folder, old), { force: true })));
}

/** Newest first; files that are no records (of another version) are passed over. */
export async function readBuildRecords(folder = recordsFolder()): Promise<BuildRecord[]> {
  const names = await recordNames(folder);
  const records = await Promise.all(
    names.toReversed().map((name) => readRecord(join(folder, name))),
  );
  return records.filter((record) => record !== undefined);
}

async function recordNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return [];
    throw error;
  }
}

async function readRecord(path: string): Promise<BuildRecord | undefined> {
  try {
    return decodeRecord(JSON.parse(await readFile(path, 'utf8')), '');
  } catch {
    return undefined;
  }
}

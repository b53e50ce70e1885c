/**
 * What is remembered of a build: how each step went, what decides its result, and which files it
 * read. Prediction, comparison and the times of past builds all rest on it.
 *
 * Steps are kept by neutral digest beside the true one, since true digests change with every
 * session, and by the key that says which result is the same.
 */
import type { BuildGraph } from '../../../proto/model/build-graph';
import { nodeKinds, nodeStates } from '../../../proto/model/build-graph';
import type { Definition, DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { digestText } from './record-digest';
import { list, object, oneOf, table, text, truth, whole } from '../profile/decode';
import type { ContextFile } from './context-files';
import { contentKeys, isLocal } from './content-keys';
import { contentOf, type FileRead, readsOf, selected } from './file-reads';
import { opFacts } from './op-facts';

const decodeFile = object(
  { path: text, mode: whole, size: whole },
  { link: text, hash: text, unsettled: truth },
);
const decodeRead = object(
  { source: digestText, path: text, wildcard: truth, exclude: list(text) },
  {},
);
const decodeVertex = object(
  {
    digest: digestText,
    neutral: digestText,
    name: text,
    /** With the stage in front, as BuildKit shows it. */
    fullName: text,
    kind: oneOf(...nodeKinds),
    internal: truth,
    inputs: list(
      object({ digest: digestText, kind: oneOf('input', 'copy', 'mount') }, { label: text }),
    ),
    state: oneOf(...nodeStates),
    facts: table(text),
    reads: list(decodeRead),
  },
  {
    group: text,
    platform: text,
    /** Absent where it is not known what was read. */
    key: digestText,
    /** Milliseconds since the epoch by the builder's clock; of what ran only. */
    started: whole,
    completed: whole,
  },
);
const decode = object(
  {
    version: whole,
    buildId: text,
    /** The Dockerfile or derivation; absolute. */
    file: text,
    /** Names the builder's workers: whose cache the results are in. */
    builder: text,
    /** Milliseconds since the epoch. */
    started: whole,
    finished: whole,
    outcome: oneOf('succeeded', 'failed', 'cancelled'),
    vertices: list(decodeVertex),
    /** What local sources held, by the neutral digest of their op. */
    sources: table(list(decodeFile)),
  },
  {},
);

export type BuildRecord = ReturnType<typeof decode>;
export type VertexRecord = BuildRecord['vertices'][number];

export const recordVersion = 2;

/** @throws DecodeError for what is no record of this version */
export function decodeRecord(value: unknown): BuildRecord {
  return decode(value, '');
}

/** How long a step ran; undefined for one that did not. Milliseconds. */
export function durationOf({ started, completed }: VertexRecord): number | undefined {
  return started === undefined || completed === undefined
    ? undefined
    : Math.max(0, completed - started);
}

/** The files of local sources, by their op's digest in the definition at hand. */
export type SourceFiles = ReadonlyMap<Digest, readonly ContextFile[]>;

export function localsOf(definitions: readonly Definition[]): Map<Digest, DefinitionOp> {
  return new Map(
    definitions
      .flatMap(({ ops }) => ops)
      .filter(({ op }) => isLocal(op.op))
      .map((one) => [one.digest, one]),
  );
}

/** The key of every op whose key is known, by digest. */
export function keysOf(
  definitions: readonly Definition[],
  files: SourceFiles,
): ReadonlyMap<Digest, Digest> {
  const locals = new Set(localsOf(definitions).keys());
  const keys = new Map<Digest, Digest>();
  for (const definition of definitions) {
    const known = contentKeys(definition, (op) => contentRead(readsOf(op, locals), files));
    for (const [digest, key] of known) keys.set(digest, key);
  }
  return keys;
}

function contentRead(reads: readonly FileRead[], files: SourceFiles): string | undefined {
  const parts: string[] = [];
  for (const read of reads) {
    const listing = files.get(read.source);
    const content = listing === undefined ? undefined : contentOf(selected(listing, read));
    if (content === undefined) return undefined;
    parts.push(content);
  }
  return parts.join(' ');
}

/** The steps of a build, with how they ended where the graph has a status. */
export function vertexRecords(
  graph: BuildGraph,
  definitions: readonly Definition[],
  files: SourceFiles,
): VertexRecord[] {
  const ops = new Map(definitions.flatMap(({ ops }) => ops).map((one) => [one.digest, one]));
  const locals = new Set(localsOf(definitions).keys());
  const keys = keysOf(definitions, files);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const neutral = new Map(graph.nodes.map((node) => [node.digest, node.neutralDigest]));
  return graph.nodes.map((node): VertexRecord => {
    const { state = 'unknown', started, completed } = graph.status[node.id] ?? {};
    const ran = started !== undefined && completed !== undefined && state !== 'cached';
    const op = ops.get(node.digest);
    const key = keys.get(node.digest);
    return {
      digest: node.digest,
      neutral: node.neutralDigest,
      name: node.name,
      fullName: node.fullName,
      kind: node.kind,
      internal: node.internal,
      ...(node.group === undefined ? {} : { group: node.group }),
      ...(node.platform === undefined ? {} : { platform: node.platform }),
      ...(key === undefined ? {} : { key }),
      inputs: node.inputs.flatMap(({ node: id, kind, label }) => {
        const input = nodes.get(id);
        if (input === undefined) return [];
        return [{ digest: input.neutralDigest, kind, ...(label === undefined ? {} : { label }) }];
      }),
      state,
      ...(ran ? { started: Math.floor(started), completed: Math.ceil(completed) } : {}),
      facts: op === undefined ? {} : opFacts(op.op),
      reads:
        op === undefined
          ? []
          : readsOf(op, locals).map((read) => ({
              ...read,
              source: neutral.get(read.source) ?? read.source,
            })),
    };
  });
}

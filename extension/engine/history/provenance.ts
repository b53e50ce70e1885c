/**
 * What a build's provenance attestation says of its LLB. BuildKit keeps one in the history record
 * of every build that came to an end (`mode=max`, whatever the image gets): all ops, the true digest
 * of each, and where each is written in the Dockerfile, whose text is in it too.
 *
 * Both forms of SLSA are read: v0.2 (the default until BuildKit 0.26) and v1.
 */
import * as ops from '../../../proto/generated/ops';
import type { SourceRange } from '../../../proto/model/definition';
import { parseDigest, type Digest } from '../../../proto/model/digest';
import type { Op } from '../../../proto/model/op';
import { opFromPb, rangesFromPb } from '../../../proto/model/unmarshal';
import { isRecord } from '../profile/decode';

export type ProvenanceSource = {
  readonly filename: string;
  readonly language: string;
  readonly text: Uint8Array;
};

export type ProvenanceStep = {
  readonly op?: Op;
  /** Digests of the inputs, by index of the op's inputs. */
  readonly inputs: readonly Digest[];
  readonly places: readonly { readonly source: number; readonly ranges: readonly SourceRange[] }[];
};

export type Provenance = {
  readonly steps: ReadonlyMap<Digest, ProvenanceStep>;
  readonly sources: readonly ProvenanceSource[];
};

/** The media type's marker: attestations of other kinds (SBOM) are in the same list. */
export const provenanceTypes: ReadonlySet<string> = new Set([
  'https://slsa.dev/provenance/v0.2',
  'https://slsa.dev/provenance/v1',
]);

/** Reads an attestation's bytes: the predicate, or the in-toto statement around it. */
export function readProvenance(bytes: Uint8Array): Provenance | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  const predicate = isRecord(value) && 'predicate' in value ? value['predicate'] : value;
  const config =
    at(predicate, 'buildConfig') ??
    at(predicate, 'buildDefinition', 'internalParameters', 'buildConfig');
  const metadata =
    at(predicate, 'metadata', 'https://mobyproject.org/buildkit@v1#metadata') ??
    at(predicate, 'runDetails', 'metadata', 'buildkit_metadata');
  if (config === undefined) return undefined;
  return {
    steps: stepsOf(config, at(metadata, 'source', 'locations')),
    sources: listAt(metadata, 'source', 'infos').map(sourceOf),
  };
}

function stepsOf(config: unknown, locations: unknown): Map<Digest, ProvenanceStep> {
  const byId = new Map<string, unknown>();
  for (const step of listAt(config, 'llbDefinition')) byId.set(textAt(step, 'id'), step);
  const digests = new Map<string, Digest>();
  const mapping = at(config, 'digestMapping');
  for (const [text, id] of Object.entries(isRecord(mapping) ? mapping : {})) {
    const digest = parseDigest(text);
    if (digest !== undefined && typeof id === 'string') digests.set(id, digest);
  }
  const steps = new Map<Digest, ProvenanceStep>();
  for (const [id, digest] of digests) {
    const step = byId.get(id);
    const inputs = listAt(step, 'inputs').flatMap((input) => {
      const name = typeof input === 'string' ? input.replace(/:\d+$/, '') : '';
      return digests.get(name) ?? [];
    });
    const op = opOf(at(step, 'op'), inputs);
    steps.set(digest, {
      ...(op === undefined ? {} : { op }),
      inputs,
      places: listAt(locations, id, 'locations').map(placeOf),
    });
  }
  return steps;
}

/** The JSON leaves an op's inputs to the step. */
function opOf(json: unknown, inputs: readonly Digest[]): Op | undefined {
  if (!isRecord(json)) return undefined;
  const decoded = ops.Op.fromJson(withoutWrappers(json));
  return opFromPb({ ...decoded, inputs: inputs.map((digest) => ({ digest, index: 0n })) });
}

/** Go's JSON puts the member of a oneof into an object of its own, named for the oneof. */
const wrappers: ReadonlySet<string> = new Set(['Op', 'Action', 'User']);

function withoutWrappers(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutWrappers);
  if (!isRecord(json)) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]): [string, unknown][] => {
      const inner = withoutWrappers(value);
      return wrappers.has(key) && isRecord(inner) ? Object.entries(inner) : [[key, inner]];
    }),
  );
}

function placeOf(json: unknown): ProvenanceStep['places'][number] {
  const { sourceIndex, ranges } = ops.Location.fromJson(isRecord(json) ? json : {});
  return { source: sourceIndex, ranges: rangesFromPb(ranges) };
}

function sourceOf(json: unknown): ProvenanceSource {
  return {
    filename: textAt(json, 'filename'),
    language: textAt(json, 'language'),
    text: Buffer.from(textAt(json, 'data'), 'base64'),
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) current = isRecord(current) ? current[key] : undefined;
  return current;
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

function textAt(value: unknown, key: string): string {
  const found = at(value, key);
  return typeof found === 'string' ? found : '';
}

/**
 * The provenance that a builder keeps in a build's record, in the form in which buildx writes it to
 * a metadata file: a SLSA v0.2 predicate for each platform.
 */
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';
import type { Connection } from '../../../proto/client/connect';
import type { BuildResultInfo } from '../../../proto/generated/control';
import { BuildFailure } from '../input/build-input';
import { isRecord } from '../profile/decode';
import { provenanceTypes } from './provenance';
import { findRecord } from './record-source';

/** `min` leaves out the steps and what is known of the run; `disabled` leaves out everything. */
export type ProvenanceDetail = 'min' | 'max' | 'disabled';

/** What `BUILDX_METADATA_PROVENANCE` asks for; buildx writes the least for anything unknown. */
export function provenanceDetail(text: string | undefined): ProvenanceDetail {
  if (text === 'max' || text === 'disabled') return text;
  return /^(0|f|false)$/i.test(text ?? '') ? 'disabled' : 'min';
}

const key = 'buildx.build.provenance';

/**
 * Base64 of the JSON by `buildx.build.provenance`, or `…/PLATFORM` where the record keeps the
 * platforms apart. Empty for builders that keep no records, or none of this build.
 */
export async function recordedProvenance(
  connection: Connection,
  ref: string,
  detail: Exclude<ProvenanceDetail, 'disabled'>,
): Promise<ReadonlyMap<string, string>> {
  const out = new Map<string, string>();
  for (const [name, result] of await resultsOf(connection, ref)) {
    const found = result.attestations.find(
      ({ mediaType, annotations }) =>
        mediaType === 'application/vnd.in-toto+json' &&
        provenanceTypes.has(annotations.get(predicateType) ?? ''),
    );
    if (found === undefined) continue;
    const bytes = await connection.control.readContent(found.digest);
    const predicate: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const json = JSON.stringify(asVersion02(predicate, detail));
    out.set(name, Buffer.from(json).toString('base64'));
  }
  return out;
}

const predicateType = 'in-toto.io/predicate-type';

async function resultsOf(
  connection: Connection,
  ref: string,
): Promise<readonly [string, BuildResultInfo][]> {
  try {
    const { result, results } = await findRecord(connection, ref);
    if (results.size > 0) {
      return [...results].map(([platform, one]) => [`${key}/${platform}`, one]);
    }
    return result === undefined ? [] : [[key, result]];
  } catch (error) {
    const keepsNone = error instanceof BuildkitError && error.code === Code.unimplemented;
    if (keepsNone || error instanceof BuildFailure) return [];
    throw error;
  }
}

/** Steps and metadata stand in fields of their own, which the short form leaves out. */
function asVersion02(predicate: unknown, detail: 'min' | 'max'): unknown {
  if (!isRecord(predicate)) return predicate;
  const { buildConfig, metadata, ...rest } =
    'buildDefinition' in predicate ? fromVersion1(predicate) : predicate;
  if (detail === 'min') return rest;
  return {
    ...rest,
    ...(buildConfig === undefined ? {} : { buildConfig }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** BuildKit 0.26 and later record SLSA v1; what both versions know has another place there. */
function fromVersion1(predicate: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const definition = recordAt(predicate, 'buildDefinition');
  const external = recordAt(definition, 'externalParameters');
  const { path, ...source } = recordAt(external, 'configSource');
  const { buildConfig, builderPlatform, ...environment } = recordAt(
    definition,
    'internalParameters',
  );
  const run = recordAt(predicate, 'runDetails');
  const dependencies: unknown = definition['resolvedDependencies'];
  const materials = (Array.isArray(dependencies) ? dependencies : []).map((one: unknown) =>
    isRecord(one) ? { uri: one['uri'], digest: one['digest'] } : one,
  );
  const { metadata } = run;
  return {
    builder: { id: recordAt(run, 'builder')['id'] ?? '' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    ...(materials.length === 0 ? {} : { materials }),
    invocation: {
      configSource: { ...source, ...(path === undefined ? {} : { entryPoint: path }) },
      parameters: external['request'] ?? {},
      environment: { platform: builderPlatform, ...environment },
    },
    buildConfig,
    metadata: isRecord(metadata) ? metadataFromVersion1(metadata) : undefined,
  };
}

function metadataFromVersion1(
  metadata: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const completeness = recordAt(metadata, 'buildkit_completeness');
  return {
    buildInvocationID: metadata['invocationID'] ?? metadata['invocationId'],
    buildStartedOn: metadata['startedOn'],
    buildFinishedOn: metadata['finishedOn'],
    completeness: {
      parameters: completeness['request'] === true,
      environment: true,
      materials: completeness['resolvedDependencies'] === true,
    },
    reproducible: metadata['buildkit_reproducible'] === true,
    'https://mobyproject.org/buildkit@v1#metadata': metadata['buildkit_metadata'],
    ...(metadata['buildkit_hermetic'] === true
      ? { 'https://mobyproject.org/buildkit@v1#hermetic': true }
      : {}),
  };
}

function recordAt(value: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const found = value[name];
  return isRecord(found) ? { ...found } : {};
}

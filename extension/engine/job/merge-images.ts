/**
 * Joins images of one repository in an index of all their manifests, as buildx does: the same
 * bytes, so that both make images of one digest.
 */
import { createHash } from 'node:crypto';
import { Registry, type Repository } from '../../../proto/client/registry/registry';
import { parseNormalized } from '../../../language-server/dockerfile/names/image-reference';
import { BuildFailure } from '../input/build-input';
import { isRecord } from '../profile/decode';
import type { ResolvedProfile } from '../profile/profile';
import { annotationAttributes } from '../request/annotations';

export type MergeOptions = {
  /** Where the index goes; the manifests are in the repository of the first. */
  readonly names: readonly string[];
  /** The indexes that are joined, in this order. */
  readonly digests: readonly string[];
  readonly profile: Pick<ResolvedProfile, 'annotations'>;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
};

const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';

/**
 * @returns the digest of the index
 * @throws RegistryError, or BuildFailure for what is no index
 */
export async function mergeImages(options: MergeOptions): Promise<string> {
  const { names, digests, env, signal } = options;
  const registry = new Registry({ env, logins: true });
  const places = names.map(placeOf);
  const [first] = places;
  if (first === undefined) throw new BuildFailure('There is no name to push the image under.');
  const parts = await Promise.all(
    digests.map(async (digest) => {
      const { bytes } = await registry.manifest(first.repository, digest, signal);
      return manifestsIn(bytes.toString('utf8'), digest);
    }),
  );
  const index = indexOf(parts.flat(), options.profile.annotations ?? []);
  for (const { repository, tag } of places) {
    await registry.putManifest(repository, tag, index, signal);
  }
  return `sha256:${createHash('sha256').update(index.text).digest('hex')}`;
}

type Manifest = Readonly<Record<string, unknown>>;

function placeOf(name: string): { readonly repository: Repository; readonly tag: string } {
  const { domain, path, tag = 'latest' } = parseNormalized(name);
  return { repository: { domain, path }, tag };
}

function manifestsIn(text: string, digest: string): readonly Manifest[] {
  const value: unknown = JSON.parse(text);
  const manifests = isRecord(value) ? value['manifests'] : undefined;
  if (!Array.isArray(manifests)) throw new BuildFailure(`${digest} is no image index.`);
  return manifests.filter(isRecord);
}

/** In the form in which Go writes it: fields in order, two spaces, no HTML. */
export function indexOf(
  manifests: readonly Manifest[],
  annotations: readonly string[],
): { readonly mediaType: string; readonly text: string } {
  const once = [...new Map(manifests.map((one) => [one['digest'], one])).values()];
  const isDocker = once.every(({ mediaType }) =>
    String(mediaType).startsWith('application/vnd.docker.'),
  );
  const mediaType = isDocker ? dockerList : ociIndex;
  const own = new Map(
    Object.entries(annotationAttributes(annotations))
      .filter(([key]) => key.startsWith(onIndex))
      .map(([key, value]): [string, string] => [key.slice(onIndex.length), value])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const index = {
    schemaVersion: 2,
    mediaType,
    manifests: once,
    ...(own.size === 0 || isDocker ? {} : { annotations: Object.fromEntries(own) }),
  };
  const text = JSON.stringify(index, undefined, 2).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { mediaType, text };
}

const onIndex = 'annotation-index.';

/** Tags of the provisioned registry that a test may move, made of images that lie there. */
import { daemons } from '../env/context';
import { isRecord } from '../../extension/engine/profile/decode';

const kinds = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Asked at once: tests put caches elsewhere, where no environment is found. */
const registry = daemons()?.registry;

/**
 * Points the tag of `llb-lens/moved/NAME` at an image of the registry, e.g. `busybox`. Each name is a
 * repository of its own: while one client mounts a blob into a repository, another that pushes there
 * may be told that the blob is broken.
 * @returns the reference
 */
export async function pointTag(name: string, image: string): Promise<string> {
  if (registry === undefined) throw new Error('there is no registry to test with');
  const from = `library/${image}`;
  const to = `llb-lens/moved/${name}`;
  const tag = 'latest';
  const manifest = await platformManifest(registry, from, 'latest');
  for (const digest of digestsIn(manifest.text)) {
    const mount = `${registry}/v2/${to}/blobs/uploads/?mount=${digest}&from=${from}`;
    await answered(fetch(mount, { method: 'POST' }));
  }
  await answered(
    fetch(`${registry}/v2/${to}/manifests/${tag}`, {
      method: 'PUT',
      headers: { 'content-type': manifest.type },
      body: manifest.text,
    }),
  );
  return `${new URL(registry).host}/${to}:${tag}`;
}

async function platformManifest(registry: string, repository: string, reference: string) {
  const url = `${registry}/v2/${repository}/manifests/${reference}`;
  const response = await answered(fetch(url, { headers: { accept: kinds } }));
  const text = await response.text();
  const [, digest] =
    /"digest":\s*"(sha256:[0-9a-f]+)"[^{}]*"platform":\s*\{[^}]*amd64/.exec(text) ?? [];
  const listed: unknown = JSON.parse(text);
  if (isRecord(listed) && Array.isArray(listed['manifests'])) {
    if (digest === undefined) throw new Error(`${repository} has no image for amd64`);
    return platformManifest(registry, repository, digest);
  }
  return { text, type: response.headers.get('content-type') ?? '' };
}

const digestsIn = (manifest: string): readonly string[] => [
  ...new Set(manifest.match(/sha256:[0-9a-f]{64}/g) ?? []),
];

async function answered(call: Promise<Response>): Promise<Response> {
  const response = await call;
  if (response.ok) return response;
  throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
}

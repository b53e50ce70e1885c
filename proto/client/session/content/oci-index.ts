/**
 * `index.json` of an OCI layout: which blobs are images or caches, under which tags. BuildKit's
 * clients write and read it themselves; the daemon sees only blobs.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, textAt } from '../../docker-config';

/** A manifest as an index names it; other fields are kept as they were. */
export type Descriptor = Readonly<Record<string, unknown>> & { readonly digest: string };

const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';

/** `name` is an image's whole name, `tag` only a tag. */
export type IndexName = { readonly name: string } | { readonly tag: string };

/** The layout cannot be used; the message names the file. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
}

/** @throws LayoutError when there is no readable index */
export async function readIndex(folder: string): Promise<readonly Descriptor[]> {
  const path = join(folder, 'index.json');
  let index: unknown;
  try {
    index = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LayoutError(`${path} cannot be read: ${reason}`);
  }
  const manifests = isObject(index) ? index['manifests'] : undefined;
  if (!Array.isArray(manifests)) throw new LayoutError(`${path} is no index of an OCI layout`);
  return manifests.filter(isDescriptor);
}

/** The manifest of a name or tag; whole names go first. @throws LayoutError */
export async function findManifest(folder: string, tag: string): Promise<Descriptor | undefined> {
  const manifests = await readIndex(folder);
  const under = (key: string) => manifests.find((one) => textAt(one, 'annotations', key) === tag);
  return under(imageName) ?? under(refName);
}

/** Puts a manifest under its names; what had them before loses them. @throws LayoutError */
export async function putManifest(
  folder: string,
  descriptor: Descriptor,
  names: readonly IndexName[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  let manifests = await indexOrEmpty(folder);
  for (const one of names) {
    const own: Readonly<Record<string, string>> =
      'tag' in one ? { [refName]: one.tag } : { [imageName]: one.name, [refName]: tagOf(one.name) };
    manifests = manifests.filter(
      (other) =>
        textAt(other, 'annotations', refName) !== own[refName] ||
        textAt(other, 'annotations', imageName) !== own[imageName],
    );
    const { annotations } = descriptor;
    manifests = [
      ...manifests,
      { ...descriptor, annotations: { ...(isObject(annotations) ? annotations : {}), ...own } },
    ];
  }
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  };
  await replaceFile(join(folder, 'index.json'), JSON.stringify(index));
}

async function indexOrEmpty(folder: string): Promise<readonly Descriptor[]> {
  try {
    await readFile(join(folder, 'index.json'));
  } catch {
    return [];
  }
  return readIndex(folder);
}

/** Readers see the old file or the new one, never half of one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}

/** The tag (or digest) at the end of an image's name. */
function tagOf(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return /[:@](.+)$/.exec(last)?.[1] ?? name;
}

function isDescriptor(value: unknown): value is Descriptor {
  return isObject(value) && typeof value['digest'] === 'string';
}

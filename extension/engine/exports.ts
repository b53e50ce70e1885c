/**
 * Where a build's result goes: `--output` texts and tags as BuildKit exporters.
 *
 * Without either the result stays in the build cache. Files come back through the session, so an
 * exporter that writes files has a destination here.
 */
import { resolve } from 'node:path';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { ProfileError } from './profile';

export type Destination =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string };

export type Export = {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly destination?: Destination;
};

/** Exporters that send one archive, and whether they make no sense without a file. */
const archives: ReadonlySet<string> = new Set(['tar', 'oci', 'docker']);
const known: ReadonlySet<string> = new Set([
  'local',
  'image',
  'registry',
  'moby',
  'cacheonly',
  ...archives,
]);

/**
 * The exporters of a profile.
 * @param isDocker Docker's own BuildKit keeps images by its `moby` exporter
 * @param cwd what relative destinations are relative to
 * @throws ProfileError on an output that cannot be read
 */
export function exportsOf(
  { outputs = [], tags = [] }: BuildProfile,
  isDocker: boolean,
  cwd: string,
): Export[] {
  const named: Record<string, string> = tags.length === 0 ? {} : { name: tags.join(',') };
  if (outputs.length === 0) {
    return tags.length === 0 ? [] : [image(named, isDocker)];
  }
  return outputs.flatMap((text) => {
    const { type, dest, attributes } = readOutput(text);
    const all = { ...(type === 'local' || type === 'tar' ? {} : named), ...attributes };
    if (type === 'cacheonly') return [];
    if (type === 'image' || type === 'moby') return [image(all, isDocker)];
    if (type === 'registry') return [image({ ...all, push: 'true' }, isDocker)];
    if (type === 'docker' && dest === undefined && isDocker) return [image(all, isDocker)];
    if (dest === undefined) {
      throw new ProfileError(`The output "${text}" needs a destination: add dest=PATH.`);
    }
    const kind = type === 'local' || all['tar'] === 'false' ? 'folder' : 'file';
    return [{ type, attributes: all, destination: { kind, path: resolve(cwd, dest) } }];
  });
}

function image(attributes: Readonly<Record<string, string>>, isDocker: boolean): Export {
  return { type: isDocker ? 'moby' : 'image', attributes };
}

/** `type=local,dest=out`, or only a path: a folder. Values may be quoted as in CSV. */
function readOutput(text: string) {
  const fields = csvFields(text);
  const [first] = fields;
  if (fields.length === 1 && first !== undefined && !first.includes('=')) {
    return { type: 'local', dest: first, attributes: {} };
  }
  const attributes: Record<string, string> = {};
  let type: string | undefined;
  let dest: string | undefined;
  for (const field of fields) {
    const at = field.indexOf('=');
    if (at <= 0) throw new ProfileError(`"${field}" in the output "${text}" must be key=value.`);
    const [key, value] = [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1)];
    if (key === 'type') type = value;
    else if (key === 'dest' || key === 'destination') dest = value;
    else attributes[key] = value;
  }
  if (type === undefined || !known.has(type)) {
    throw new ProfileError(
      `The output "${text}" needs a type: one of ${[...known].filter((one) => one !== 'moby').join(', ')}.`,
    );
  }
  return { type, dest, attributes };
}

function csvFields(text: string): string[] {
  const fields: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null)
      throw new ProfileError(`The output "${text}" has a quote that does not end.`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  return fields;
}

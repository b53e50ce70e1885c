/**
 * Where a build's result goes: `--output` texts, tags and annotations as BuildKit exporters.
 *
 * Without outputs and tags the result stays in the build cache, unless the caller wants it kept in
 * Docker as `docker build` does. Files come back through the session, so an exporter that writes
 * files has a destination here, and one that fills an OCI layout has a content store.
 */
import { resolve } from 'node:path';
import type { EngineAddress } from '../../../proto/client/docker-engine';
import type { Destination } from '../../../proto/client/session/options';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { ProfileError } from '../profile/profile';
import { annotationAttributes } from './annotations';
import { csvFields, keyValues, parseTruth } from './key-values';

export type Export = {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly destination?: Destination;
  /** The folder of an OCI layout that the exporter fills through the content store. */
  readonly layout?: string;
};

/** What has to be known of the builder and the world. */
export type ExportSurroundings = {
  /** Docker's own BuildKit keeps images by its `moby` exporter. */
  readonly isDocker: boolean;
  /** What relative destinations are relative to. */
  readonly cwd: string;
  /** The Docker Engine that takes images of other builders. */
  readonly engine: EngineAddress | undefined;
  /** Without outputs and tags, keep the image in Docker. */
  readonly load: boolean;
};

/** Exporters that send one archive. */
const archives: ReadonlySet<string> = new Set(['tar', 'oci', 'docker']);
/** Exporters that name images. */
const named: ReadonlySet<string> = new Set(['image', 'oci', 'docker']);
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
 * @throws ProfileError on an output that cannot be read or met
 */
export function exportsOf(profile: BuildProfile, surroundings: ExportSurroundings): Export[] {
  const { outputs = [], tags = [] } = profile;
  const { isDocker, load } = surroundings;
  const wanted = outputs.map(readOutput);
  if (outputs.length === 0 && (tags.length > 0 || (load && isDocker))) {
    wanted.push({ type: 'image', attributes: {} });
  }
  requireOneStdout(wanted);
  const common = annotationAttributes(profile.annotations ?? []);
  const exports = wanted
    .filter(({ type }) => type !== 'cacheonly')
    .map((one) => exportOf(one, common, tags, surroundings));
  if (exports.filter(({ layout }) => layout !== undefined).length > 1) {
    throw new ProfileError('Only one output can be an OCI layout (tar=false).');
  }
  return exports;
}

export type Output = {
  readonly type: string;
  readonly dest?: string;
  readonly attributes: Readonly<Record<string, string>>;
};

function exportOf(
  { type, dest, attributes }: Output,
  common: Readonly<Record<string, string>>,
  tags: readonly string[],
  surroundings: ExportSurroundings,
): Export {
  const { isDocker, cwd } = surroundings;
  const all: Readonly<Record<string, string>> = {
    ...attributes,
    ...(named.has(type) && tags.length > 0 ? { name: tags.join(',') } : {}),
    ...common,
  };
  if (type === 'image') return image(all, isDocker);
  if (type === 'docker' && dest === undefined) {
    return isDocker ? image(all, true) : loaded(all, surroundings);
  }
  if (type === 'local' || (archives.has(type) && parseTruth(all['tar'] ?? '') === false)) {
    if (dest === undefined || dest === '-') {
      throw new ProfileError(`An output of type ${type} into a folder needs dest=FOLDER.`);
    }
    const path = resolve(cwd, dest);
    if (type !== 'local') return { type, attributes: all, layout: path };
    return { type, attributes: all, destination: { kind: 'folder', path } };
  }
  const destination: Destination =
    dest === undefined || dest === '-'
      ? { kind: 'stdout' }
      : { kind: 'file', path: resolve(cwd, dest) };
  return { type, attributes: all, destination };
}

function image(attributes: Readonly<Record<string, string>>, isDocker: boolean): Export {
  const pushes = parseTruth(attributes['push'] ?? '') === true;
  if (pushes && (attributes['name'] ?? '') === '') {
    throw new ProfileError('An image that is pushed needs a name: add a tag, or name=NAME.');
  }
  // Docker's exporter gives every name a tag, and what has one is not pushed by its digest.
  const byDigest = parseTruth(attributes['push-by-digest'] ?? '') === true;
  return { type: isDocker && !byDigest ? 'moby' : 'image', attributes };
}

/** Another builder's image goes to Docker as an archive. */
function loaded(
  attributes: Readonly<Record<string, string>>,
  { engine }: ExportSurroundings,
): Export {
  if (engine === undefined) {
    throw new ProfileError(
      'There is no Docker Engine to load the image into; write it to a file with ' +
        'type=docker,dest=FILE, or set DOCKER_HOST.',
    );
  }
  return { type: 'docker', attributes, destination: { kind: 'docker', address: engine } };
}

function requireOneStdout(outputs: readonly Output[]): void {
  const toStdout = outputs.filter(
    ({ type, dest }) => dest === '-' || (dest === undefined && (type === 'tar' || type === 'oci')),
  );
  if (toStdout.length > 1) {
    throw new ProfileError('Only one output can go to standard output; give the others dest=PATH.');
  }
}

/** From buildx 0.31 on, what is only pushed is not unpacked in the builder's own image store. */
const onlyPushed = { unpack: 'false' } as const;

/**
 * `type=local,dest=out`, or only a path (a folder), or `-` (an archive on standard output).
 * @throws ProfileError
 */
export function readOutput(text: string): Output {
  const [first] = csvFields(text);
  if (first === text && !text.includes('=')) {
    return text === '-'
      ? { type: 'tar', dest: '-', attributes: {} }
      : { type: 'local', dest: text, attributes: {} };
  }
  const fields = keyValues(text, 'the output');
  const type = fields.get('type');
  const dest = fields.get('dest') ?? fields.get('destination');
  if (type === undefined || !known.has(type)) {
    throw new ProfileError(
      `The output "${text}" needs a type: one of ${[...known].filter((one) => one !== 'moby').join(', ')}.`,
    );
  }
  const attributes = Object.fromEntries(
    [...fields].filter(([key]) => !['type', 'dest', 'destination'].includes(key)),
  );
  const normal = type === 'moby' ? 'image' : type;
  return {
    ...(normal === 'registry'
      ? { type: 'image', attributes: { ...onlyPushed, ...attributes, push: 'true' } }
      : { type: normal, attributes }),
    ...(dest === undefined || dest === '' ? {} : { dest }),
  };
}

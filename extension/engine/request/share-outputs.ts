/** What becomes of a build's outputs where several nodes share it. */
import { ProfileError } from '../profile/profile';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { type Output, readOutput } from './exports';
import { imageReference } from './image-reference';
import { csvField, parseTruth } from './key-values';

type Outputs = Pick<BuildProfile, 'outputs' | 'tags'>;

/** One archive, or one engine, cannot take what comes from two nodes. */
const unshared: ReadonlySet<string> = new Set(['oci', 'tar', 'docker']);

/**
 * The outputs of one node: images are pushed without a tag, under which only the whole belongs.
 * @throws ProfileError for outputs that several nodes cannot make together
 */
export function outputsOfShare(profile: Outputs): Outputs {
  const { outputs = [], tags = [] } = profile;
  const read = outputs.map(readOutput);
  const refused = read.find(({ type }) => unshared.has(type));
  if (refused !== undefined) {
    throw new ProfileError(
      `Several nodes cannot make one output of type ${refused.type}; push the image, ` +
        'or build for one platform at a time.',
    );
  }
  if (!read.some(isPushed)) return profile;
  const texts = outputs.map((text, index) => {
    const output = read[index];
    if (output?.type !== 'image') return text;
    const names = namesOf(output, tags);
    if (!isPushed(output)) return outputText(output, { name: names.join(',') });
    const repositories = [...new Set(names.map((name) => imageReference(name).repository))];
    return outputText(output, { name: repositories.join(','), 'push-by-digest': 'true' });
  });
  return { outputs: texts, tags: [] };
}

/** The names under which the whole is pushed; empty where nothing is. */
export function pushedNames({ outputs = [], tags = [] }: Outputs): readonly string[] {
  const pushed = outputs.map(readOutput).find(isPushed);
  return pushed === undefined ? [] : namesOf(pushed, tags);
}

/** @throws ProfileError where a pushed image has no name */
function namesOf(output: Output, tags: readonly string[]): readonly string[] {
  const name = output.attributes['name'] ?? '';
  const names = tags.length > 0 ? tags : name.split(',').filter((one) => one !== '');
  if (names.length === 0 && isPushed(output)) {
    throw new ProfileError('An image that is pushed needs a name: add a tag, or name=NAME.');
  }
  return names;
}

function isPushed({ type, attributes }: Output): boolean {
  return type === 'image' && parseTruth(attributes['push'] ?? '') === true;
}

function outputText(output: Output, more: Output['attributes']): string {
  const fields = { type: output.type, ...output.attributes, ...more };
  return Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => csvField(`${key}=${value}`))
    .join(',');
}

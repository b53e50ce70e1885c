/** Picks the build input for a profile: the one place that knows all kinds. */
import type { BuildInput } from './build-input';
import { derivationInput } from './derivation-input';
import { dockerfileInput } from './dockerfile-input';
import { llbInput } from './llb-input';
import type { ResolvedProfile } from './profile';
import { remoteInput } from './remote-input';

/**
 * @param unsaved the editor's text, in place of the file's
 * @throws ProfileError, BuildFailure, or the file system's error when the file cannot be read
 */
export function inputFor(profile: ResolvedProfile, unsaved?: string): Promise<BuildInput> {
  const { source } = profile;
  if (source.kind === 'remote') return Promise.resolve(remoteInput(profile, source));
  if (source.kind === 'llb') return llbInput(profile, source);
  return source.kind === 'derivation'
    ? derivationInput(profile, source, unsaved)
    : dockerfileInput(profile, source, unsaved);
}

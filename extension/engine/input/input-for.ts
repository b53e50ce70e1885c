/** Picks the build input for a profile: the one place that knows all kinds. */
import type { BuildInput } from './build-input';
import { dockerfileInput } from './dockerfile-input';
import { llbInput } from './llb-input';
import type { ResolvedProfile } from '../profile/profile';
import { remoteInput } from './remote-input';

/**
 * @param unsaved the editor's text, in place of the file's
 * @throws ProfileError, BuildFailure, or the file system's error when the file cannot be read
 */
export async function inputFor(profile: ResolvedProfile, unsaved?: string): Promise<BuildInput> {
  const { source } = profile;
  if (source.kind === 'remote') return remoteInput(profile, source);
  if (source.kind === 'llb') return llbInput(profile, source);
  if (source.kind === 'dockerfile') return dockerfileInput(profile, source, unsaved);
  // The compiler of derivations is large, and most builds have none.
  if (source.kind === 'installables') {
    const { installablesInput } = await import('../derivation/image/installables-input');
    return installablesInput(profile, source.file, unsaved);
  }
  const { derivationInput } = await import('../derivation/derivation-input');
  return derivationInput(profile, source, unsaved);
}

/** Picks the build input for a profile: the one place that knows all kinds. */
import type { BuildInput } from './build-input';
import { dockerfileInput } from './dockerfile-input';
import type { ResolvedProfile } from '../profile/profile';

/**
 * @param unsaved the editor's text, in place of the file's
 * @throws ProfileError, BuildFailure, or the file system's error when the file cannot be read
 */
export async function inputFor(profile: ResolvedProfile, unsaved?: string): Promise<BuildInput> {
  const { source } = profile;
  if (source.kind === 'dockerfile') return dockerfileInput(profile, source, unsaved);
  // Most builds are of a Dockerfile, and need not wait until the others are loaded: those speak to
  // registries and servers, or compile derivations.
  if (source.kind === 'remote') {
    const { remoteInput } = await import('./remote-input');
    return remoteInput(profile, source);
  }
  if (source.kind === 'llb') {
    const { llbInput } = await import('./llb-input');
    return llbInput(profile, source);
  }
  if (source.kind === 'installables') {
    const { installablesInput } = await import('../derivation/image/installables-input');
    return installablesInput(profile, source.file, unsaved);
  }
  const { derivationInput } = await import('../derivation/derivation-input');
  return derivationInput(profile, source, unsaved);
}

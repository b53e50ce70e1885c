/** What a debug session is about, as it is now: an edit or a restart puts another one in its place. */
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import type { BuildInput } from '../engine/build-input';
import type { BuildJob } from '../engine/build-job';
import type { ResolvedProfile } from '../engine/profile';
import type { Toolbox } from '../engine/toolbox';
import type { Walks } from '../engine/walks';

export type LiveBuild = {
  readonly attributes: LaunchAttributes;
  readonly profile: ResolvedProfile;
  readonly input: BuildInput;
  readonly job: BuildJob;
  readonly toolbox: Toolbox;
  readonly walks: Walks;
};

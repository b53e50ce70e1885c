/** What a debug session is about, as it is now: an edit or a restart puts another one in its place. */
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import type { BuildInput } from '../engine/input/build-input';
import type { BuildJob } from '../engine/job/build-job';
import type { ResolvedProfile } from '../engine/profile/profile';
import type { Toolbox } from '../engine/shell/toolbox';
import type { Walks } from '../engine/debug/walks';

export type LiveBuild = {
  readonly attributes: LaunchAttributes;
  readonly profile: ResolvedProfile;
  readonly input: BuildInput;
  readonly job: BuildJob;
  readonly toolbox: Toolbox;
  readonly walks: Walks;
};

/** A point in the build: a file system and the settings that the next command runs with. */
import type { NetMode, Platform } from '../../../proto/model/op';
import { joinPath } from '../text/go';
import { normalizePlatform } from '../names/platform';
import { EnvList } from './env-list';
import type { Output } from './vertex';

export type State = {
  /** Undefined for an empty file system (`scratch`). */
  readonly output?: Output | undefined;
  readonly env: EnvList;
  readonly dir: string;
  readonly user: string;
  readonly hostname: string;
  readonly network: NetMode;
  /** Canonical; undefined where the build's platform counts. */
  readonly platform?: Platform;
};

/** A fresh state on top of an output, or of nothing. */
export function newState(output?: Output, platform?: Platform): State {
  return {
    output,
    env: EnvList.empty(),
    dir: '/',
    user: '',
    hostname: '',
    network: 'unset',
    ...(platform !== undefined && { platform: normalizePlatform(platform) }),
  };
}

export function withDir(state: State, path: string): State {
  const dir = path.startsWith('/') ? path : joinPath(state.dir === '' ? '/' : state.dir, path);
  return { ...state, dir };
}

export function withEnv(state: State, key: string, value: string): State {
  return { ...state, env: state.env.set(key, value) };
}

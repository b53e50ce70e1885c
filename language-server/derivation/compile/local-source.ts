/** A directory of the session as a source op. */
import type { Op } from '../../../proto/model/op';

/** A directory of the session, and what of it is read. */
export type LocalFolder = {
  readonly name: string;
  readonly includePatterns: readonly string[];
};

/** The capabilities that {@link localSource} needs of a builder. */
export const LOCAL_CAPS = [
  'source.local',
  'source.local.includepatterns',
  'source.local.sessionid',
  'source.local.sharedkeyhint',
] as const;

export function localSource({ name, includePatterns }: LocalFolder, sessionId?: string): Op {
  return {
    inputs: [],
    op: {
      kind: 'source',
      identifier: `local://${name}`,
      attrs: {
        'local.includepattern': JSON.stringify(includePatterns),
        ...(sessionId === undefined ? {} : { 'local.session': sessionId }),
        'local.sharedkeyhint': name,
      },
    },
  };
}

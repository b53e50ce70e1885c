/** What the rows of a frame's scopes are made from. */
import type { Site } from '../engine/debug/site';
import type { FileRooms } from './file-rooms';
import type { LiveBuild } from './live-build';

export type ScopeFacts = {
  readonly build: LiveBuild;
  readonly site: Site;
  readonly rooms: FileRooms;
  readonly thread: number;
};

/** A file's facts as people read them. */
import { permissionsText } from '../../../proto/model/permissions';
import type { FileEntry } from './files';

const kindLetters = { file: '-', directory: 'd', symlink: 'l', other: '?' } as const;

/** `-rw-r--r-- 0:0 12 B 2026-01-31 12:00:00 UTC` */
export function entryText(entry: Omit<FileEntry, 'name'>): string {
  const { kind, uid, gid, size, modified, linkTarget } = entry;
  const bytes = kind === 'directory' ? '' : ` ${size} B`;
  const target = linkTarget === undefined ? '' : ` → ${linkTarget}`;
  return `${modeText(entry)} ${uid}:${gid}${bytes} ${timeText(modified)} UTC${target}`;
}

/** `2026-01-31 12:00:00`, in UTC. @param seconds since the epoch */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19);
}

/** `-rwxr-xr-x` */
export function modeText({ kind, mode }: Pick<FileEntry, 'kind' | 'mode'>): string {
  return `${kindLetters[kind]}${permissionsText(mode)}`;
}

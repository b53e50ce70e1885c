/** A file's facts as people read them. */
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
  const bits = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'].map((letter, at) =>
    (mode >> (8 - at)) & 1 ? letter : '-',
  );
  const special = [
    [0o4000, 2, 's', 'S'],
    [0o2000, 5, 's', 'S'],
    [0o1000, 8, 't', 'T'],
  ] as const;
  for (const [bit, at, both, alone] of special) {
    if ((mode & bit) !== 0) bits[at] = bits[at] === '-' ? alone : both;
  }
  return `${kindLetters[kind]}${bits.join('')}`;
}

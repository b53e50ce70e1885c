/** Sizes and times as BuildKit's own displays write them. */

/** `61B`, `1.50kB`, `2.00MB`. */
export function byteText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(2)}${units[unit] ?? ''}`;
}

/** `1.50kB / 3.00kB`, or only what was done where the whole is not known; empty for nothing. */
export function progressText({ current, total }: { current: number; total: number }): string {
  if (total !== 0) return `${byteText(current)} / ${byteText(total)}`;
  return current === 0 ? '' : byteText(current);
}

/** `1.5s` */
export function secondsText(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s`;
}

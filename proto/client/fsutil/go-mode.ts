/** Go's os.FileMode, which fsutil sends, and the mode of the operating system. */

export const GoMode = {
  dir: 0x8000_0000,
  symlink: 0x0800_0000,
  device: 0x0400_0000,
  fifo: 0x0200_0000,
  setuid: 0x0080_0000,
  setgid: 0x0040_0000,
  charDevice: 0x0020_0000,
  sticky: 0x0010_0000,
} as const;

/** Everything that makes an entry something other than a regular file. */
const typeBits = [
  GoMode.dir,
  GoMode.symlink,
  GoMode.device,
  GoMode.fifo,
  GoMode.charDevice,
  0x0100_0000, // socket
  0x0008_0000, // irregular
].reduce((all, bit) => all + bit, 0);

const typeOfUnix: Readonly<Record<number, number>> = {
  0o040000: GoMode.dir,
  0o120000: GoMode.symlink,
  0o060000: GoMode.device,
  0o020000: GoMode.device + GoMode.charDevice,
  0o010000: GoMode.fifo,
  // BuildKit sends a socket as a regular file; it is empty, because it cannot be opened.
  0o140000: 0,
};

/** @param mode st_mode */
export function goModeOf(mode: number): number {
  const special =
    (mode & 0o4000 ? GoMode.setuid : 0) +
    (mode & 0o2000 ? GoMode.setgid : 0) +
    (mode & 0o1000 ? GoMode.sticky : 0);
  return (mode & 0o777) + special + (typeOfUnix[mode & 0o170000] ?? 0);
}

/** The permission bits with setuid, setgid and sticky, as chmod takes them. */
export function unixPermissions(goMode: number): number {
  return (
    (goMode & 0o777) |
    (has(goMode, GoMode.setuid) ? 0o4000 : 0) |
    (has(goMode, GoMode.setgid) ? 0o2000 : 0) |
    (has(goMode, GoMode.sticky) ? 0o1000 : 0)
  );
}

/** Whether a mode has one of {@link GoMode}'s bits; `&` alone would go through signed numbers. */
export function has(goMode: number, bit: number): boolean {
  return (goMode & bit) !== 0;
}

export function isRegular(goMode: number): boolean {
  return (goMode & typeBits) === 0;
}

/**
 * Windows has no permissions to tell: BuildKit's clients there make everything executable and
 * nothing group-writable.
 */
export function modeOfWindows(goMode: number): number {
  return goMode - (goMode & 0o777) + (((goMode & 0o777) | 0o111) & 0o755);
}

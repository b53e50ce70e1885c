/** Unix permissions as people read them. */

/** `rwxr-sr-x`: permission bits as `ls` writes them, without the leading type. */
export function permissionsText(mode: number): string {
  const bits = (value: number, special: boolean, letter: string): string =>
    (value & 4 ? 'r' : '-') +
    (value & 2 ? 'w' : '-') +
    (special ? (value & 1 ? letter : letter.toUpperCase()) : value & 1 ? 'x' : '-');
  return (
    bits((mode >> 6) & 7, (mode & 0o4000) !== 0, 's') +
    bits((mode >> 3) & 7, (mode & 0o2000) !== 0, 's') +
    bits(mode & 7, (mode & 0o1000) !== 0, 't')
  );
}

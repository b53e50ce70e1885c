/** Paths that a running container has and no build keeps: they are no change of a step's. */

const folders = ['/dev', '/proc', '/sys', '/.llb-lens', '/.llb-lens-bin'];
const files = new Set(['/etc/hosts', '/etc/hostname', '/etc/resolv.conf']);

/** @param mounts where other mounts of the step stand */
export function isUnseen(path: string, mounts: readonly string[]): boolean {
  if (files.has(path)) return true;
  return [...folders, ...mounts].some((folder) => path === folder || path.startsWith(`${folder}/`));
}

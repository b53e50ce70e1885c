/** The folders that an evaluation reads, found without Nix: it may run where they have to be sent. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

/** Files and folders that a flake or an expression's project begins at. */
const BEGINNINGS = ['flake.nix', '.git'];

/**
 * The projects that relative and absolute references lie in, none inside another.
 * @param file the expression, where there is one
 */
export function readFolders(
  names: readonly string[],
  { file, cwd }: { readonly file?: string; readonly cwd: string },
): readonly string[] {
  const started =
    file === undefined
      ? names.flatMap((name) => folderOf(name, cwd) ?? [])
      : [inside(resolve(cwd, file), cwd) ? cwd : dirname(resolve(cwd, file))];
  const projects = [...new Set(started.map(projectOf))].sort();
  return projects.filter(
    (each) => !projects.some((other) => other !== each && inside(each, other)),
  );
}

/** The folder that a flake reference names; undefined for one that lies elsewhere. */
function folderOf(name: string, cwd: string): string | undefined {
  const [reference = ''] = name.split(/[#?]/);
  const path = /^(?:path:|git\+file:(?:\/\/(?=\/))?)/.test(reference)
    ? reference.replace(/^[^:]*:(?:\/\/(?=\/))?/, '')
    : reference;
  const isPath = path !== reference || path === '' || /^(?:\.{1,2}(?:$|\/)|\/|~\/)/.test(path);
  if (!isPath) return undefined;
  const folder = resolve(cwd, path);
  return existsSync(folder) && statSync(folder).isDirectory() ? folder : undefined;
}

/** The nearest folder upwards that a project begins at, else the folder itself. */
function projectOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (BEGINNINGS.some((name) => existsSync(join(at, name)))) return at;
    if (at === dirname(at)) return folder;
  }
}

function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** The JSON in a document of installables, whose first lines may be those of a Dockerfile. */

/** Lines that only the Dockerfile's way of naming a frontend knows are blank; all keeps its place. */
export function jsonOf(source: string): string {
  return source.replace(/^[ \t]*#.*$/gm, (line) => ' '.repeat(line.length));
}

export function isInstallablesFile(path: string): boolean {
  return path.endsWith('.installables');
}

/** `x^out,dev` names outputs of x, `x^*` all of them. */
export function splitInstallable(name: string): {
  readonly base: string;
  readonly outputs?: readonly string[];
} {
  const at = name.lastIndexOf('^');
  if (at < 0) return { base: name };
  const list = name.slice(at + 1);
  return { base: name.slice(0, at), ...(list === '*' ? {} : { outputs: list.split(',') }) };
}

/** Names of store paths lie in the document's store; anything else is for Nix to evaluate. */
export const STORE_NAME = /^(?:.*\/)?[0-9abcdfghijklmnpqrsvwxyz]{32}-[^/^]+$/;

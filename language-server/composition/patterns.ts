/** The usual names of Bake and Compose files, as glob patterns of LSP and VS Code. */
export const compositionPatterns = [
  ...['docker-bake.{hcl,json}', 'docker-bake.*.{hcl,json}', 'bake.{hcl,json}', 'bake.*.{hcl,json}'],
  ...['compose.{yml,yaml}', 'compose.*.{yml,yaml}', 'compose-*.{yml,yaml}'],
  ...['docker-compose.{yml,yaml}', 'docker-compose.*.{yml,yaml}', 'docker-compose-*.{yml,yaml}'],
].map((name) => `**/${name}`);

/** Whether a path, or the path of a URI, has such a name. */
export function isCompositionPath(path: string): boolean {
  return /(?:^|\/)(?:docker-)?(?:bake(?:\.[^/]*)?\.(?:hcl|json)|compose(?:[.-][^/]*)?\.ya?ml)$/i.test(
    path,
  );
}

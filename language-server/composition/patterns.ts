/** The usual names of Bake and Compose files, as glob patterns of LSP and VS Code. */
export const compositionPatterns = [
  ...['docker-bake.{hcl,json}', 'docker-bake.*.{hcl,json}', 'bake.{hcl,json}'],
  ...['compose.{yml,yaml}', 'compose.*.{yml,yaml}'],
  ...['docker-compose.{yml,yaml}', 'docker-compose.*.{yml,yaml}'],
].map((name) => `**/${name}`);

/** The graph of a build that is defined, before anything of it has run. */
import { pathToFileURL } from 'node:url';
import type { BuildGraph } from '../../../proto/model/build-graph';
import { graphFromDefinitions } from '../../../proto/model/graph-from-definition';
import type { BuildInput, DefinedBuild } from '../input/build-input';

/**
 * One graph, with a result for each platform.
 * @param builds the build, or its parts on several builders; what they have in common is there once
 */
export function buildGraphOf(
  builds: readonly DefinedBuild[],
  input: Pick<BuildInput, 'pathOfSource'>,
): BuildGraph {
  const definitions = builds.flatMap(({ results }) => results.map((one) => one.definition));
  const uris: Record<string, string> = {};
  for (const { filename } of definitions.flatMap(({ sources }) => sources)) {
    const path = input.pathOfSource(filename);
    if (path !== undefined) uris[filename] = pathToFileURL(path).href;
  }
  const groups = builds.flatMap((one) => [...(one.groups ?? [])]);
  const notes = new Set(builds.flatMap((one) => one.notes));
  return graphFromDefinitions(definitions, {
    ...(groups.length === 0 ? {} : { groups: new Map(groups) }),
    uris,
    notes: [...notes],
  });
}

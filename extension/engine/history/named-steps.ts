/**
 * The steps of a Dockerfile by the names that BuildKit gives them, for builds that left no LLB: a
 * failed build's record has none, nor has one that still runs.
 */
import { compile, offlineResolver, parse } from '../../../language-server/dockerfile/index';
import { dockerfileOptions } from '../../../language-server/dockerfile-options';
import type { GraphNode } from '../../../proto/model/build-graph';
import { graphFromDefinitions } from '../../../proto/model/graph-from-definition';
import { plainName } from './foreign-graph';

/**
 * Names that several steps share are left out: nothing tells which is meant.
 * @param attributes the frontend's, as the record has them
 */
export async function namedSteps(
  text: string,
  filename: string,
  attributes: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, GraphNode>> {
  const result = await compile(
    parse(text),
    dockerfileOptions(profileOf(attributes), { filename }),
    offlineResolver(),
  );
  const results = result.partial === undefined ? result.results : [result.partial];
  const graph = graphFromDefinitions(results.map(({ definition }) => definition));
  const named = new Map<string, GraphNode | undefined>();
  for (const node of graph.nodes) {
    const name = plainName(node.fullName);
    named.set(name, named.has(name) ? undefined : node);
  }
  return new Map(
    [...named].flatMap(([name, node]): [string, GraphNode][] =>
      node === undefined ? [] : [[name, node]],
    ),
  );
}

function profileOf(attributes: Readonly<Record<string, string>>) {
  const prefixed = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(attributes).flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
      ),
    );
  const { target, platform } = attributes;
  return {
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined || platform === '' ? {} : { platforms: platform.split(',') }),
    buildArgs: prefixed('build-arg:'),
    labels: prefixed('label:'),
  };
}

/** The graph of a file that holds marshalled LLB, as `buildctl debug dump-llb` reads it. */
import * as ops from '../proto/generated/ops';
import type { DefinitionGraphParams } from '../proto/messages/language-server';
import type { BuildGraph } from '../proto/model/build-graph';
import { graphFromDefinitions } from '../proto/model/graph-from-definition';
import { definitionFromPb } from '../proto/model/unmarshal';
import { opToProtoJson } from './dockerfile/proto-json';

/**
 * Each op says all of itself as JSON too: there is no text that would.
 *
 * @throws Error in plain words when the bytes are no definition
 */
export function definitionGraph({ data }: DefinitionGraphParams): BuildGraph {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const definition = definitionFromPb(ops.Definition.decode(bytes));
  if (definition.ops.length === 0) throw new Error('It holds no ops.');
  const json = new Map(
    definition.ops.map(({ digest, op }) => [digest, JSON.stringify(opToProtoJson(op), null, 2)]),
  );
  const graph = graphFromDefinitions([definition]);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const value = json.get(node.digest);
      return value === undefined
        ? node
        : { ...node, details: [...node.details, { label: 'JSON', value }] };
    }),
  };
}

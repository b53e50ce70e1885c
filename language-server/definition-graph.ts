/** A file that holds marshalled LLB, as `buildctl debug dump-llb` reads it: its graph and its ops. */
import * as ops from '../proto/generated/ops';
import type { DefinitionGraphParams } from '../proto/messages/language-server';
import type { BuildGraph } from '../proto/model/build-graph';
import type { Definition } from '../proto/model/definition';
import { graphFromDefinitions } from '../proto/model/graph-from-definition';
import { definitionFromPb } from '../proto/model/unmarshal';
import { withMetadata, type OpAndMetadata } from './whole-op';

/** @throws Error in plain words when the bytes are no definition */
export const definitionGraph = ({ data }: DefinitionGraphParams): BuildGraph =>
  graphFromDefinitions([definitionOf(data)]);

/**
 * @param node the neutral digest of a node of its graph
 * @throws Error in plain words when the bytes are no definition
 */
export function definitionOp(
  { data }: DefinitionGraphParams,
  node: string,
): OpAndMetadata | undefined {
  const definition = definitionOf(data);
  const { nodes } = graphFromDefinitions([definition]);
  const digest = nodes.find(({ neutralDigest }) => neutralDigest === node)?.digest;
  return withMetadata(definition, digest);
}

/** @param data base64 */
function definitionOf(data: string): Definition {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const definition = definitionFromPb(ops.Definition.decode(bytes));
  if (definition.ops.length === 0) throw new Error('It holds no ops.');
  return definition;
}

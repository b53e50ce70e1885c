/** Files that hold marshalled LLB, as `buildctl debug dump-llb` reads it: their graphs and their ops. */
import * as ops from '../proto/generated/ops';
import type { DefinitionGraphParams } from '../proto/messages/language-server';
import type { BuildGraph } from '../proto/model/build-graph';
import type { Definition } from '../proto/model/definition';
import type { Digest } from '../proto/model/digest';
import { graphFromDefinitions } from '../proto/model/graph-from-definition';
import { definitionFromPb } from '../proto/model/unmarshal';
import { withMetadata, type OpAndMetadata } from './whole-op';

type OpenDefinition = {
  readonly definition: Definition;
  /** By neutral digest. */
  readonly digests: ReadonlyMap<string, Digest>;
};

/** What clients show the graphs of, decoded once for each version of a file. */
export class DefinitionGraphs {
  private readonly open = new Map<string, OpenDefinition>();

  /** @throws Error in plain words when the bytes are no definition */
  graph({ uri, data }: DefinitionGraphParams): BuildGraph {
    this.open.delete(uri);
    const definition = definitionOf(data);
    const graph = graphFromDefinitions([definition]);
    const digests = new Map<string, Digest>(
      graph.nodes.map(({ neutralDigest, digest }) => [neutralDigest, digest]),
    );
    this.open.set(uri, { definition, digests });
    return graph;
  }

  /** Whether a file is one of these. */
  has(uri: string): boolean {
    return this.open.has(uri);
  }

  /**
   * @param node the neutral digest of a node of the file's graph
   * @returns undefined where the file's graph was not asked for, or has no such op
   */
  op(uri: string, node: string): OpAndMetadata | undefined {
    const open = this.open.get(uri);
    return open && withMetadata(open.definition, open.digests.get(node));
  }

  close(uri: string): void {
    this.open.delete(uri);
  }
}

/** @param data base64 */
function definitionOf(data: string): Definition {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const definition = definitionFromPb(ops.Definition.decode(bytes));
  if (definition.ops.length === 0) throw new Error('It holds no ops.');
  return definition;
}

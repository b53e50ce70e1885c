/** Small graphs for the tests of the picture. */
import type { BuildGraph, GraphNode } from '../../proto/model/build-graph';
import { digestOf } from '../../proto/model/digest';

const digest = digestOf(new Uint8Array());

/** A graph from `id: inputs` lines; a dot in an id puts the node into the group before it. */
export function graph(lines: Readonly<Record<string, readonly string[]>>): BuildGraph {
  const nodes = Object.entries(lines).map(([id, inputs]): GraphNode => ({
    id,
    digest,
    neutralDigest: digest,
    kind: 'exec',
    name: `RUN ${id}`,
    fullName: `RUN ${id}`,
    ...(id.includes('.') ? { group: id.split('.')[0] ?? '' } : {}),
    inputs: inputs.map((text) => {
      const [node = '', label] = text.replace('copy ', '').split('=');
      return {
        node,
        kind: text.startsWith('copy ') ? 'copy' : 'input',
        ...(label === undefined ? {} : { label }),
      };
    }),
    ranges: [],
    details: [],
    internal: false,
    uncertain: false,
  }));
  const groups = [...new Set(nodes.flatMap((node) => node.group ?? []))];
  return {
    nodes,
    groups: groups.map((id) => ({ id, name: id, kind: 'stage' })),
    sources: [],
    results: [],
    status: {},
    notes: [],
  };
}

/** Two stages, the second copying from the first twice. */
export const twoStages = graph({
  context: [],
  'a.1': [],
  'a.2': ['a.1', 'copy context=/src'],
  'b.1': [],
  'b.2': ['b.1', 'copy a.2=/out', 'copy a.2=/lib'],
});

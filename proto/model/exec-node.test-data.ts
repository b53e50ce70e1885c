/** A step of a graph of which nothing matters but who it is. */
import type { GraphNode } from './build-graph';
import { digestOf, type Digest } from './digest';

/** The digest of a text, for what needs one. */
export const digestNamed = (name: string): Digest => digestOf(new TextEncoder().encode(name));

export const execNode = (id: string): GraphNode => ({
  id,
  digest: digestNamed(id),
  neutralDigest: digestNamed(`neutral ${id}`),
  kind: 'exec',
  name: id,
  fullName: id,
  inputs: [],
  ranges: [],
  details: [],
  internal: false,
  uncertain: false,
});

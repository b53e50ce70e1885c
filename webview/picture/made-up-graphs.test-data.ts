/** Made-up graphs of any size in the shapes that real ones have: many-stage builds and closures. */
import type { EdgeKind } from '../../proto/model/build-graph';
import type { LayoutEdge, LayoutInput } from './layout';
import { CARD } from './card';

/** mulberry32: small, seeded, the same everywhere. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** About `size` steps in stages of 4 to 12, which share bases, one context and each other's files. */
export function stagedBuild(size: number, seed = 1): LayoutInput {
  const next = random(seed);
  const pick = (count: number): number => Math.floor(next() * count);
  const nodes: { id: string; group?: string }[] = [{ id: 'context' }];
  const edges: LayoutEdge[] = [];
  const join = (from: string, to: string, kind: EdgeKind): void => {
    const id = `${kind} ${from} ${to}`;
    if (!edges.some((edge) => edge.id === id && edge.to === to)) edges.push({ id, from, to, kind });
  };
  const ends: string[] = [];
  const bases: string[] = [];
  for (let stage = 0; nodes.length < size; stage += 1) {
    const group = `stage-${stage}`;
    let last: string | undefined;
    if (ends.length > 0 && next() < 0.35) last = ends[Math.max(0, ends.length - 1 - pick(6))];
    else if (bases.length > 0 && next() < 0.4) last = bases[pick(bases.length)];
    const steps = 4 + pick(9);
    for (let step = 0; step < steps && nodes.length < size; step += 1) {
      const id = `${stage}.${step}`;
      nodes.push({ id, group });
      if (last === undefined) bases.push(id);
      else join(last, id, 'input');
      if (step > 0 && next() < 0.2) join('context', id, 'copy');
      if (step > 1 && ends.length > 0 && next() < 0.12)
        join(ends[Math.max(0, ends.length - 1 - pick(8))] ?? 'context', id, 'copy');
      last = id;
    }
    if (last !== undefined) ends.push(last);
  }
  const groups = [...new Set(nodes.flatMap(({ group }) => group ?? []))];
  return {
    nodes: nodes.map((node) => ({ ...node, ...CARD })),
    groups: groups.map((id) => ({ id, labelWidth: 60 })),
    edges,
  };
}

/** `size` packages with 3 to 8 inputs each, most of them among 15 that everything needs. */
export function closure(size: number, seed = 1): LayoutInput {
  const next = random(seed);
  const nodes = Array.from({ length: size }, (_, index) => ({ id: `p${index}`, ...CARD }));
  const edges: LayoutEdge[] = [];
  for (let index = 1; index < size; index += 1) {
    const inputs = new Set<number>();
    const count = Math.min(index, 3 + Math.floor(next() * 6));
    for (let input = 0; input < count; input += 1)
      inputs.add(
        next() < 0.3
          ? Math.floor(next() * Math.min(index, 15))
          : Math.max(0, index - 1 - Math.floor(next() * next() * Math.min(index, 200))),
      );
    for (const input of inputs)
      edges.push({ id: `${input} ${index}`, from: `p${input}`, to: `p${index}`, kind: 'input' });
  }
  return { nodes, groups: [], edges };
}
